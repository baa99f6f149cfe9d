"""Settings of the alarms process, read from VIRTAAMA_… variables and checked at start."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.database_url import DatabaseUrl


class AlarmsSettings(BaseSettings):
    """Everything that can be set; each has its unit in its name.

    Memory is bounded by the definitions, of which each keeps 512 readings at most, and by the
    readings of `alarms_portion_limit_commits` commits. Raises pydantic.ValidationError.
    """

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_")

    database_url: DatabaseUrl
    """Where the readings and the alarms are: postgresql://user:password@host:port/database"""
    alarms_database_timeout_s: float = Field(default=30.0, gt=0)
    """A database that does not answer a statement within this counts as away."""
    alarms_retry_limit_s: float = Field(default=5.0, gt=0)
    """The longest wait between two tries to reach the database."""
    alarms_portion_limit_commits: int = Field(default=200, ge=1, le=10_000)
    """How many commits of readings are looked at in one transaction."""
    alarms_late_after_s: float = Field(default=60.0, gt=0)
    """What is recorded so long after it was so counts as late."""
    alarms_endpoint_host: str = Field(default="127.0.0.1", min_length=1)
    """Where `/metrics` and `/health` are served."""
    alarms_endpoint_port: int | None = Field(default=None, ge=1, le=65_535)
    """The port of `/metrics` and `/health`. None: they are not served."""
    alarms_stall_limit_s: float = Field(default=60.0, gt=0)
    """Not healthy: the database is there, and for so long no commit could be followed."""
