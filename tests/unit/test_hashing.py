"""Passwords wait to be checked, so many of everybody and of one address."""

import asyncio
import threading

from dashboard.auth.errors import SignInPaused
from dashboard.auth.password_hashing import Hashing, HashingLimits
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from tests.fixtures.refusing import refusing


def test_an_address_that_has_its_share_waiting_is_refused_and_another_is_not() -> None:
    async def check() -> list[object]:
        hashing, go_on = Hashing(HashingLimits(5, 2), Refusals()), threading.Event()
        clients = ["192.0.2.1"] * 4 + ["192.0.2.2"] * 2 + ["192.0.2.3"] * 2
        asked = [asyncio.create_task(hashing.run(one, go_on.wait, 10.0)) for one in clients]
        await asyncio.sleep(0)
        go_on.set()
        return [
            isinstance(one, SignInPaused)
            for one in await asyncio.gather(*asked, return_exceptions=True)
        ]

    with refusing(Limit.HASHES_WAITING):
        refused = asyncio.run(check())
    assert refused == [False, False, True, True, False, False, False, True]
