"""Passwords wait to be checked, so many of strangers, of others, and of one address."""

import asyncio
import threading

from dashboard.auth.errors import SignInPaused
from dashboard.auth.password_hashing import Hashing, HashingLimits
from dashboard.limits.connections import KnownAddresses
from dashboard.limits.known_browsers import KnownBrowsers
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from tests.fixtures.refusing import refusing


def _refused(clients: list[str], known: KnownAddresses, browser: str = "") -> list[bool]:
    """Return whether each of those who come one after the other is refused; two may wait of one
    address, five in all. The last one comes in a `browser`, if it is known.
    """

    async def check() -> list[bool]:
        go_on, browsers = threading.Event(), KnownBrowsers()
        browsers.note("mine")
        hashing = Hashing(HashingLimits(5, 2), known, browsers, Refusals())
        sent = [*[""] * (len(clients) - 1), browser]
        asked = [
            asyncio.create_task(hashing.run(one, go_on.wait, 10.0, browser=each))
            for one, each in zip(clients, sent, strict=True)
        ]
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


def test_a_crowd_behind_the_address_of_the_plants_people_takes_no_room_of_a_known_browser() -> None:
    """As from the plant's own Wi-Fi: there nobody could sign in while one guest of it tried."""
    known = KnownAddresses()
    addresses = [f"198.51.100.{number}" for number in (1, 2, 3)]
    for address in addresses:
        known.note(address)
    clients = [*addresses * 3, addresses[0]]
    assert _refused(clients, known, "mine") == [*[False] * 5, *[True] * 4, False]
    assert _refused(clients, known, "somebody else's") == [*[False] * 5, *[True] * 5]
