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
