"""Settings of the dashboard process, read from VIRTAAMA_… variables and checked at start."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.database_url import check_database_url


class DashboardSettings(BaseSettings):
    """Everything that the operator can set; each has its unit in its name.

    Raises pydantic.ValidationError with all that is missing or wrong.
    """

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    database_url: SecretStr
    """Where the readings are: postgresql://user:password@host:port/database"""
    dashboard_host: str = "127.0.0.1"
    """The address to listen on; other machines reach only what is not loopback."""
    dashboard_port: int = Field(default=8050, ge=1, le=65_535)
    """The port to listen on."""
    dashboard_pool_max_connections: int = Field(default=8, ge=2, le=100)
    """Connections to the database that answer questions; one more listens for commits."""
    dashboard_query_timeout_s: float = Field(default=20.0, gt=0, le=300)
    """A question that the database does not answer within this is given up and said so."""
    dashboard_push_interval_s: float = Field(default=0.2, ge=0.05, le=10)
    """New values are sent to browsers at most this often."""

    dashboard_secure_cookies: bool = True
    """Cookies travel over HTTPS only; false where pages are served over HTTP on the loopback."""

    @field_validator("database_url")
    @classmethod
    def _database_url_is_one(cls, url: SecretStr) -> SecretStr:
        check_database_url(url.get_secret_value())
        return url
