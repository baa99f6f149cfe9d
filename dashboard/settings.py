"""Settings of the dashboard process, read from VIRTAAMA_… variables and checked at start."""

import re
from ipaddress import ip_address
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from dashboard.auth.oidc_issuer import check_issuer
from dashboard.auth.totp_settings import TotpSettings
from dashboard.limits.push_settings import PushSettings
from dashboard.limits.settings import LimitSettings
from schemas.database_url import DatabaseUrl

_PATH = re.compile(r"(/[A-Za-z0-9~_-][A-Za-z0-9.~_-]*)*")


class DashboardSettings(LimitSettings, TotpSettings, PushSettings):
    """Everything that the operator can set; each has its unit in its name.

    Raises pydantic.ValidationError with all that is missing or wrong.
    """

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    database_url: DatabaseUrl
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
    dashboard_metrics_host: str = "127.0.0.1"
    """The loopback address on which `/metrics` is served; it has no password."""
    dashboard_metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    """The port of `/metrics`. None: it is not served."""

    dashboard_path_prefix: str = ""
    """The path below which a proxy offers the dashboard, such as /virtaama; empty if none."""
    dashboard_secure_cookies: bool = True
    """Cookies travel over HTTPS only; false where pages are served over HTTP on the loopback."""

    dashboard_oidc_issuer: str | None = None
    """The OpenID Connect provider through which people may sign in, as it calls itself."""
    dashboard_oidc_client_id: str | None = Field(default=None, min_length=1)
    """Our name at the provider."""
    dashboard_oidc_client_secret: SecretStr | None = Field(default=None, min_length=1)
    """Our secret at the provider."""
    dashboard_oidc_label: str | None = Field(default=None, min_length=1, max_length=60)
    """What the button says that leads to the provider. None: a sentence of ours."""

    dashboard_push_key: str | None = Field(default=None, pattern="^[A-Za-z0-9_-]{87}$")
    """The public key that `virtaama notify --new-push-key` prints. None: no browser is told of
    alarms."""

    @field_validator("dashboard_metrics_host")
    @classmethod
    def _metrics_stay_here(cls, host: str) -> str:
        try:
            is_loopback = ip_address(host).is_loopback
        except ValueError:
            is_loopback = False
        if not is_loopback:
            raise ValueError("must be an address of the loopback, such as 127.0.0.1 or ::1")
        return host

    @field_validator("dashboard_path_prefix")
    @classmethod
    def _path_prefix_is_a_path(cls, prefix: str) -> str:
        path = prefix.rstrip("/")
        if not _PATH.fullmatch(path):
            raise ValueError("must look like /virtaama: letters, digits and - . _ ~ after each /")
        return path

    @field_validator("dashboard_oidc_issuer")
    @classmethod
    def _issuer_is_an_address(cls, issuer: str | None) -> str | None:
        return None if issuer is None else check_issuer(issuer)

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        given = {
            "VIRTAAMA_DASHBOARD_OIDC_ISSUER": self.dashboard_oidc_issuer,
            "VIRTAAMA_DASHBOARD_OIDC_CLIENT_ID": self.dashboard_oidc_client_id,
            "VIRTAAMA_DASHBOARD_OIDC_CLIENT_SECRET": self.dashboard_oidc_client_secret,
        }
        missing = [name for name, value in given.items() if value is None]
        if missing and (len(missing) < len(given) or self.dashboard_oidc_label is not None):
            raise ValueError(f"{' and '.join(missing)} must be set beside the other OIDC settings")
        return self
