"""Settings of the notifier, read from VIRTAAMA_… variables and checked at start."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from dashboard.limits.push_settings import PushSettings
from schemas.database_url import DatabaseUrl


class NotificationSettings(PushSettings):
    """Everything that the operator can set. Raises pydantic.ValidationError."""

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    database_url: DatabaseUrl
    """Where alarms and messages are: postgresql://user:password@host:port/database"""
    notification_file: Path
    """The file that says how people are reached: outside of every repository, readable by the
    notifier alone."""
    push_key_file: Path | None = None
    """The file that `virtaama notify --new-push-key` wrote, by which browsers are told of alarms.
    None: none is."""
