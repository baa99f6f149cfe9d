"""Settings of the process that calculates points."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.database_url import DatabaseUrl


class CalculationSettings(BaseSettings):
    """What the operator can set. Raises pydantic.ValidationError."""

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    database_url: DatabaseUrl
    """Where the readings are: postgresql://user:password@host:port/database"""
    calculation_database_timeout_s: float = Field(default=60.0, gt=0)
    """A database that does not answer a statement within this counts as away."""
    calculation_retry_limit_s: float = Field(default=10.0, gt=0)
    """The longest wait between two tries to reach the database."""
    calculation_endpoint_host: str = Field(default="127.0.0.1", min_length=1)
    """Where `/metrics` and `/health` are served."""
    calculation_endpoint_port: int | None = Field(default=None, ge=1, le=65_535)
    """The port of `/metrics` and `/health`. None: they are not served."""
    calculation_stall_limit_s: float = Field(default=120.0, gt=0)
    """Not healthy: the database is there, and for so long no commit could be followed."""
