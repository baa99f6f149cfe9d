"""How many connections there may be, and who has to go when there are too many."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple, Protocol

from dashboard.limits.addresses import REMEMBERED_MAX, counted_address
from dashboard.limits.limit import Limit
from dashboard.limits.settings import LimitSettings

KNOWN_MAX = 1_000  # addresses, and browsers
KNOWN_S = 86_400.0


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
        return _is_within(address, self.proxies)


@lru_cache(REMEMBERED_MAX)
def _is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


class SeenLately:
    """What came from the plant's own people lately. For the event loop's thread."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._seen_s: OrderedDict[str, float] = OrderedDict()

    def note(self, what: str) -> None:
        """Remember something for KNOWN_S; of too many the one is forgotten that came first."""
        self._seen_s[what] = self._clock_s()
        self._seen_s.move_to_end(what)
        if len(self._seen_s) > KNOWN_MAX:
            self._seen_s.popitem(last=False)

    def has(self, what: str) -> bool:
        """Tell whether something, as it is counted, is known."""
        return self._clock_s() - self._seen_s.get(what, float("-inf")) < KNOWN_S


class KnownAddresses(SeenLately):
    """Addresses from which somebody of the plant was served lately."""

    def note(self, what: str) -> None:
        """Remember an address."""
        super().note(counted_address(what))


class _Weight(NamedTuple):
    """How much an address holds, strangers' above all others; many people come from a proxy."""

    stranger: bool
    connections: int


class Census:
    """All connections of a process. For the event loop's thread alone.

    When all places are taken, a newcomer has one of the address that holds most, and those from
    which the plant's own people come lose theirs last: no crowd keeps them out.
    """

    def __init__(self, limits: ConnectionLimits, known: KnownAddresses) -> None:
        self._limits = limits
        self._known = known
        self._count = 0
        self._proxies: set[str] = set()  # those of the configured ones that were here
        # By address; addresses and connections in order of arrival.
        self._present: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return self._count

    def enter(self, connection: Connection) -> Limit | None:
        """Let a connection in, or return the limit that refuses it."""
        address = self._counted(connection)
        is_crowd = len(self._present.get(address, ())) >= self._limits.per_address_max
        if is_crowd and address not in self._proxies and not self._make_room_at(address):
            return Limit.CONNECTIONS_PER_ADDRESS
        if self._count >= self._limits.connections_max and not self._make_room(address):
            return Limit.CONNECTIONS
        self._present.setdefault(address, {})[connection] = None
        self._count += 1
        return None

    def leave(self, connection: Connection) -> None:
        """Forget a connection; nothing happens if it was not let in."""
        address = self._counted(connection)
        present = self._present.get(address, {})
        if connection not in present:
            return
        del present[connection]
        self._count -= 1
        if not present:
            del self._present[address]

    def _make_room_at(self, address: str) -> bool:
        """Close one of a crowd that idles or dawdles where the plant's people are, for them."""
        leaving = _waiting(self._of([address])) if self._known.has(address) else None
        if leaving is None:
            return False
        self.leave(leaving)
        leaving.give_way()
        return True

    def _make_room(self, newcomer: str) -> bool:
        """Close one that idles or dawdles: of the heaviest addresses, else of any stranger.

        Where all strangers are being served, one of the heaviest has to go for a lighter newcomer.
        One of the plant's people that idles goes for them alone, or where there are no strangers.
        """
        weights = {
            address: self._weight(address, len(own)) for address, own in self._present.items()
        }
        weight = self._weight(newcomer, len(self._present.get(newcomer, ())) + 1)
        heaviest = max(weights.values())
        crowd = self._of(address for address, each in weights.items() if each == heaviest)
        leaving = _waiting(crowd)
        leaving = leaving or _waiting(
            self._of(one for one, each in weights.items() if each.stranger)
        )
        if leaving is None and weight < heaviest:
            leaving = crowd[-1]
        if leaving is None and not (weight.stranger and heaviest.stranger):
            leaving = _waiting(self._of(self._present))
        if leaving is None:
            return False
        self.leave(leaving)
        leaving.give_way()
        return True

    def _of(self, addresses: Iterable[str]) -> list[Connection]:
        return [one for address in addresses for one in self._present[address]]

    def _counted(self, connection: Connection) -> str:
        if not self._limits.is_proxy(connection.address):
            return counted_address(connection.address)
        self._proxies.add(connection.address)
        return connection.address

    def _weight(self, address: str, count: int) -> _Weight:
        if address in self._proxies:
            return _Weight(False, 0)
        return _Weight(not self._known.has(address), count)


def _waiting(connections: Sequence[Connection]) -> Connection | None:
    """Return the first one that idles; if none does, the first that lets us wait."""
    idle = next((one for one in connections if one.idles), None)
    return idle or next((one for one in connections if one.dawdles), None)
