"""Settings of the notifier, read from VIRTAAMA_… variables and checked at start."""

from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.database_url import check_database_url


class NotificationSettings(BaseSettings):
    """Everything that the operator can set. Raises pydantic.ValidationError."""

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    database_url: SecretStr
    """Where alarms and messages are: postgresql://user:password@host:port/database"""
    notification_file: Path
    """The file that says how people are reached: outside of every repository, readable by the
    notifier alone."""

    @field_validator("database_url")
    @classmethod
    def _database_url_is_one(cls, url: SecretStr) -> SecretStr:
        check_database_url(url.get_secret_value())
        return url
