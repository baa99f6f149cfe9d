"""The broker's URL, taken apart."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

EXAMPLE = "mqtt://user:password@host:port"
RETAINED_SUFFIX = "-retained"
"""Of the client id and the account by which what is retained is taken apart."""
VERSION_TOPIC = "$SYS/broker/version"
"""Where Mosquitto says that it is Mosquitto."""
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class BrokerAddress:
    """Where the broker is and who we are there; prints without the password."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_broker_url(url: str) -> BrokerAddress:
    """Take mqtt://user:password@host:port apart.

    Raises ValueError that says how it should look, and never quotes what may be the password.
    """
    wrong = ValueError(
        f"must look like {EXAMPLE} (mqtts:// for TLS); in user and password, write %40 for @, "
        "%2F for /, %3A for :, %23 for #, %3F for ? and %25 for %"
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    # A password with # or ? ends the host before it: we would ask another one, and never say why.
    beyond_host = parts.path.strip("/") or "#" in url or "?" in url
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or beyond_host:
        raise wrong
    return BrokerAddress(
        host=parts.hostname,
        port=port or DEFAULT_PORTS[parts.scheme],
        tls=parts.scheme == "mqtts",
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )
