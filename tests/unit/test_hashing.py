"""Passwords wait to be checked, so many of strangers, of others, and of one address."""

import asyncio
import threading

from dashboard.auth.errors import SignInPaused
from dashboard.auth.password_hashing import Hashing, HashingLimits
from dashboard.limits.connections import KnownAddresses
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from tests.fixtures.refusing import refusing


def _refused(clients: list[str], known: KnownAddresses) -> list[bool]:
    """Return whether each of those who come one after the other is refused; two may wait of one
    address, five in all.
    """

    async def check() -> list[bool]:
        hashing, go_on = Hashing(HashingLimits(5, 2), known, Refusals()), threading.Event()
        asked = [asyncio.create_task(hashing.run(one, go_on.wait, 10.0)) for one in clients]
        await asyncio.sleep(0)
        go_on.set()
        return [
            isinstance(one, SignInPaused)
            for one in await asyncio.gather(*asked, return_exceptions=True)
        ]

    return asyncio.run(check())


def test_an_address_that_has_its_share_waiting_is_refused_and_another_is_not() -> None:
    clients = ["192.0.2.1"] * 4 + ["192.0.2.2"] * 2 + ["192.0.2.3"] * 2
    with refusing(Limit.HASHES_WAITING):
        refused = _refused(clients, KnownAddresses())
    assert refused == [False, False, True, True, False, False, False, True]


def test_a_crowd_of_addresses_takes_no_room_where_the_plants_people_come_from() -> None:
    """Nobody could sign in while ten thousand names were tried from ten thousand addresses."""
    known = KnownAddresses()
    known.note("198.51.100.1")
    crowd = [f"192.0.2.{number}" for number in range(6)]
    refused = _refused([*crowd, *["198.51.100.1"] * 3], known)
    assert refused == [*[False] * 5, True, False, False, True]
