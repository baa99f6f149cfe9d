"""How many connections there may be, and who has to go when there are too many."""

from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Protocol

from dashboard.limits.addresses import counted_address
from dashboard.limits.limit import Limit
from dashboard.limits.settings import LimitSettings


class Connection(Protocol):
    """What the census must know of a connection."""

    @property
    def address(self) -> str:
        """The network address of the other end."""

    @property
    def idles(self) -> bool:
        """Whether no request is being answered."""

    @property
    def dawdles(self) -> bool:
        """Whether the other end lets us wait: for a body, or to take an answer."""

    def give_way(self) -> None:
        """Close: another connection needs the place."""


@dataclass(frozen=True)
class ConnectionLimits:
    """Numbers of connections, the size of a head, seconds of patience, and the proxies that speak
    for others.
    """

    connections_max: int
    per_address_max: int
    head_max_bytes: int
    header_timeout_s: float
    body_timeout_s: float
    send_timeout_s: float
    proxies: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, settings: LimitSettings) -> "ConnectionLimits":
        """Return the limits that the settings name."""
        names = [name for name in settings.dashboard_trusted_proxies.split(",") if name]
        return cls(
            settings.dashboard_connections_max,
            settings.dashboard_connections_per_address_max,
            settings.dashboard_head_max_bytes,
            settings.dashboard_header_timeout_s,
            settings.dashboard_body_timeout_s,
            settings.dashboard_send_timeout_s,
            tuple(ip_network(name) for name in names),
        )

    def is_proxy(self, address: str) -> bool:
        """Tell whether many people come from this address."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self.proxies)


class Census:
    """All connections of a process. For the event loop's thread alone."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._present: dict[Connection, None] = {}  # in order of arrival
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._present)

    def enter(self, connection: Connection) -> Limit | None:
        """Let a connection in, or return the limit that refuses it."""
        address = counted_address(connection.address)
        is_crowd = self._by_address[address] >= self._limits.per_address_max
        if is_crowd and not self._limits.is_proxy(connection.address):
            return Limit.CONNECTIONS_PER_ADDRESS
        if len(self._present) >= self._limits.connections_max and not self._make_room():
            return Limit.CONNECTIONS
        self._present[connection] = None
        self._by_address[address] += 1
        return None

    def leave(self, connection: Connection) -> None:
        """Forget a connection; nothing happens if it was not let in."""
        if connection not in self._present:
            return
        del self._present[connection]
        address = counted_address(connection.address)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def _make_room(self) -> bool:
        """Close the oldest one that idles; if none does, the oldest that lets us wait."""
        idle = next((one for one in self._present if one.idles), None)
        leaving = idle or next((one for one in self._present if one.dawdles), None)
        if leaving is None:
            return False
        self.leave(leaving)
        leaving.give_way()
        return True
