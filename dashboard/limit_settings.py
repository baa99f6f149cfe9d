"""The settings of the limits; part of the dashboard's settings."""

from ipaddress import ip_network

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class LimitSettings(BaseSettings):
    """What one process of the dashboard allows at once, and how long it waits for whom."""

    dashboard_connections_max: int = Field(default=1_000, ge=10, le=50_000)
    """Connections of browsers at once, all together; the one that idles longest makes room."""
    dashboard_connections_per_address_max: int = Field(default=100, ge=4, le=10_000)
    """Connections at once of one address that is no trusted proxy."""
    dashboard_header_timeout_s: float = Field(default=10.0, gt=0, le=120)
    """A request whose head has not come whole within this is given up."""
    dashboard_body_timeout_s: float = Field(default=30.0, gt=0, le=600)
    """A request whose body has not come whole within this after its head is given up."""
    dashboard_idle_timeout_s: float = Field(default=15.0, gt=0, le=600)
    """A connection on which no request followed within this is closed."""
    dashboard_send_timeout_s: float = Field(default=60.0, gt=0, le=3_600)
    """A reader that takes nothing of an answer for this long is given up."""
    dashboard_trusted_proxies: str = ""
    """Addresses or networks, parted by commas, whose X-Forwarded-For and -Proto are believed."""

    @field_validator("dashboard_trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, proxies: str) -> str:
        names = [part.strip() for part in proxies.split(",") if part.strip()]
        for name in names:
            try:
                ip_network(name)
            except ValueError:
                raise ValueError(f"{name!r} is neither an address nor a network") from None
        return ",".join(names)
