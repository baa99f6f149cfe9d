"""Who gets a place when all connections are taken, and who has to go for it."""

from dataclasses import replace
from ipaddress import ip_network

from dashboard.limits.connections import (
    KNOWN_MAX,
    KNOWN_S,
    Census,
    ConnectionLimits,
    KnownAddresses,
)
from dashboard.limits.limit import Limit

LIMITS = ConnectionLimits(100, 50, 8_192, 1.0, 1.0, 1.0, ())
OPERATOR = "198.51.100.7"


class _Connection:
    def __init__(self, address: str, *, idles: bool = False, dawdles: bool = False) -> None:
        self.address = address
        self.idles, self.dawdles = idles, dawdles
        self.gave_way = False

    def give_way(self) -> None:
        self.gave_way = True


def _census(known: KnownAddresses | None = None, **limits: object) -> Census:
    return Census(replace(LIMITS, **limits), known or KnownAddresses())  # type: ignore[arg-type]


def _full_of(census: Census, connections: list[_Connection]) -> list[_Connection]:
    assert [census.enter(one) for one in connections] == [None] * len(connections)
    return connections


def test_who_lets_us_wait_makes_room_after_who_idles_and_who_is_served_does_not() -> None:
    census = _census(connections_max=4)
    busy = [_Connection(f"192.0.2.{number}") for number in (1, 2)]
    slow, idle = _Connection("192.0.2.3", dawdles=True), _Connection("192.0.2.4", idles=True)
    _full_of(census, [*busy, slow, idle])
    assert census.enter(_Connection("192.0.2.5")) is None
    assert (slow.gave_way, idle.gave_way) == (False, True)
    assert census.enter(_Connection("192.0.2.6")) is None
    assert slow.gave_way
    assert census.enter(_Connection("192.0.2.7")) is Limit.CONNECTIONS
    assert not any(one.gave_way for one in busy)


def test_of_a_burst_of_many_addresses_the_one_that_comes_alone_stays() -> None:
    """2 200 in half a second threw out an operator whose request had not been read yet."""
    census = _census(connections_max=40)
    operator = _Connection(OPERATOR, idles=True)
    crowd = [_Connection(f"192.0.2.{n % 10}", idles=True) for n in range(200)]
    for one in (*crowd[:60], operator, *crowd[60:]):
        census.enter(one)
    assert not operator.gave_way
    assert sum(one.gave_way for one in crowd) > 100


def test_a_crowd_that_is_served_makes_room_for_who_comes_alone() -> None:
    census = _census(connections_max=5)
    crowd = _full_of(census, [_Connection(f"192.0.2.{n % 2}") for n in range(4)])
    lone = _full_of(census, [_Connection("192.0.2.9")])
    assert census.enter(_Connection(OPERATOR)) is None
    assert [one.gave_way for one in crowd + lone].count(True) == 1
    assert not lone[0].gave_way
    assert census.enter(_Connection("192.0.2.1")) is Limit.CONNECTIONS


def test_from_where_the_plants_people_come_there_is_always_a_place() -> None:
    """A thousand networks of one stranger, each with one request that lasts."""
    known = KnownAddresses()
    known.note(OPERATOR)
    census = _census(known, connections_max=4)
    idle = _Connection(OPERATOR, idles=True)
    strangers = _full_of(census, [*(_Connection(f"2001:db8:0:{n}::1") for n in range(3)), idle])
    assert census.enter(_Connection(OPERATOR)) is None
    assert [one.gave_way for one in strangers] == [False, False, True, False]
    for number in range(4, 9):
        census.enter(_Connection(f"2001:db8:0:{number}::1", idles=True))
    assert not idle.gave_way


def test_a_crowd_that_idles_where_the_plants_people_are_keeps_none_of_them_out() -> None:
    """As on the plant's own Wi-Fi, behind one address: 100 that idled shut everybody there out."""
    known = KnownAddresses()
    census = _census(known, per_address_max=3)
    served, *crowd = _full_of(census, [_Connection(OPERATOR, idles=n > 0) for n in range(3)])
    assert census.enter(_Connection(OPERATOR)) is Limit.CONNECTIONS_PER_ADDRESS
    known.note(OPERATOR)
    assert census.enter(_Connection(OPERATOR)) is None
    assert [one.gave_way for one in (served, *crowd)] == [False, True, False]
    assert len(census) == 3
    assert census.enter(_Connection(OPERATOR)) is None
    assert census.enter(_Connection(OPERATOR)) is Limit.CONNECTIONS_PER_ADDRESS


def test_who_is_served_through_a_proxy_makes_no_room_for_anybody() -> None:
    proxy = "2001:db8::1"
    census = _census(connections_max=6, proxies=(ip_network(proxy),))
    served = _full_of(census, [_Connection(proxy) for _ in range(6)])
    assert census.enter(_Connection(proxy)) is Limit.CONNECTIONS
    assert census.enter(_Connection(OPERATOR)) is Limit.CONNECTIONS
    assert not any(one.gave_way for one in served)


def test_known_addresses_are_forgotten_after_a_day_and_when_there_are_too_many() -> None:
    now_s = 0.0
    known = KnownAddresses(lambda: now_s)
    known.note(OPERATOR)
    now_s = KNOWN_S - 1
    assert known.has(OPERATOR)
    now_s = KNOWN_S
    assert not known.has(OPERATOR)
    known.note(OPERATOR)
    for number in range(KNOWN_MAX):
        known.note(f"2001:db8:0:{number:x}::1")
    assert not known.has(OPERATOR)
