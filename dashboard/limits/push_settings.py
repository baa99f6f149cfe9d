"""To which push services messages for browsers may go: what a browser says is not followed."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Of Chromium and its kin, Firefox, Safari, Edge.
KNOWN = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
ENDPOINT_CHARACTERS_MAX = 1_000
HTTPS_PORT = 443
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class PushSettings(BaseSettings):
    """Settings that the dashboard and the notifier share."""

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    push_hosts: str = ",".join(KNOWN)
    """Hosts of push services, parted by commas; `*.` stands for any name below. Only one that is
    named here and is none of these may have a private address."""

    @field_validator("push_hosts")
    @classmethod
    def _are_hosts(cls, hosts: str) -> str:
        names = [part.strip().lower() for part in hosts.split(",") if part.strip()]
        for name in names:
            if not _HOST.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a host")
        return ",".join(names)


def takes(hosts: str, endpoint: str) -> bool:
    """Tell whether an endpoint is HTTPS at one of some hosts, and nothing else."""
    host = host_of(endpoint)
    if host is None or len(endpoint) > ENDPOINT_CHARACTERS_MAX:
        return False
    name, port = host
    if name in hosts.split(","):
        return port == HTTPS_PORT or may_be_private(hosts, name)
    patterns = [each[1:] for each in hosts.split(",") if each.startswith("*.")]
    return port == HTTPS_PORT and any(
        name.endswith(each) and not _is_address(name) for each in patterns
    )


def may_be_private(hosts: str, name: str) -> bool:
    """Tell whether a host is one that the site itself has named."""
    return name in hosts.split(",") and name not in KNOWN


def host_of(endpoint: str) -> tuple[str, int] | None:
    """Return host and port of an endpoint; None of what is no plain HTTPS address."""
    if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        return None
    try:
        parts = urlsplit(endpoint)
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    plain = parts.scheme == "https" and "@" not in parts.netloc and "\\" not in endpoint
    return (name, HTTPS_PORT if port is None else port) if plain and name else None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
