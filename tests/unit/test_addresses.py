"""Whom an address stands for, where limits count by address."""

import pytest

from dashboard.auth.rate_limit import RateLimit
from dashboard.limits.addresses import counted_address
from dashboard.limits.connections import Census, ConnectionLimits, KnownAddresses
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
    idles = dawdles = False

    def __init__(self, address: str) -> None:
        self.address = address

    def give_way(self) -> None:
        raise AssertionError


def test_a_stranger_with_a_whole_network_is_one() -> None:
    census = Census(LIMITS, KnownAddresses())
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
