"""Whom an address stands for, where limits count by address."""

from dataclasses import replace

import pytest

from dashboard.auth.rate_limit import RateLimit
from dashboard.limits.addresses import counted_address
from dashboard.limits.connections import Census, ConnectionLimits
from dashboard.limits.limit import Limit

LIMITS = ConnectionLimits(100, 4, 8_192, 1.0, 1.0, 1.0, ())


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_an_address_of_the_new_kind_counts_as_its_network(address: str, counted: str) -> None:
    assert counted_address(address) == counted


class _Connection:
    def __init__(self, address: str, *, idles: bool = False, dawdles: bool = False) -> None:
        self.address = address
        self.idles, self.dawdles = idles, dawdles
        self.gave_way = False

    def give_way(self) -> None:
        assert self.idles or self.dawdles, "it is busy"
        self.gave_way = True


def test_who_lets_us_wait_makes_room_after_who_idles_and_who_is_served_never_does() -> None:
    census = Census(replace(LIMITS, connections_max=4))
    busy = [_Connection("192.0.2.1") for _ in range(2)]
    slow, idle = _Connection("192.0.2.2", dawdles=True), _Connection("192.0.2.3", idles=True)
    assert [census.enter(one) for one in (*busy, slow, idle)] == [None] * 4
    assert census.enter(_Connection("192.0.2.4")) is None
    assert (slow.gave_way, idle.gave_way) == (False, True)
    assert census.enter(_Connection("192.0.2.5")) is None
    assert slow.gave_way
    assert census.enter(_Connection("192.0.2.6")) is Limit.CONNECTIONS


def test_a_stranger_with_a_whole_network_is_one() -> None:
    census = Census(LIMITS)
    crowd = [_Connection(f"2001:db8::{number:x}") for number in range(6)]
    refused = [census.enter(one) for one in crowd]
    assert refused == [None] * 4 + [Limit.CONNECTIONS_PER_ADDRESS] * 2
    assert census.enter(_Connection("2001:db8:0:1::1")) is None
    for one in crowd:
        census.leave(one)
    assert len(census) == 1
    limit = RateLimit(limit_attempts=1, window_s=60.0)
    waits_s = [limit.wait_s(counted_address(one.address), 0.0) for one in crowd]
    assert waits_s == [0.0] + [60.0] * 5
