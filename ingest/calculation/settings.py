"""Settings of the process that calculates points."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.database_url import check_database_url


class CalculationSettings(BaseSettings):
    """What the operator can set. Raises pydantic.ValidationError."""

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    database_url: SecretStr
    """Where the readings are: postgresql://user:password@host:port/database"""
    calculation_database_timeout_s: float = Field(default=60.0, gt=0)
    """A database that does not answer a statement within this counts as away."""
    calculation_retry_limit_s: float = Field(default=10.0, gt=0)
    """The longest wait between two tries to reach the database."""

    @field_validator("database_url")
    @classmethod
    def _database_url_is_one(cls, url: SecretStr) -> SecretStr:
        check_database_url(url.get_secret_value())
        return url
