"""Where passwords are hashed: apart from the threads that answer everybody, and in turns."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from dashboard.auth.errors import SignInPaused
from dashboard.auth.passwords import HASHES_AT_ONCE_MAX
from dashboard.limits.connections import KnownAddresses
from dashboard.limits.known_browsers import KnownBrowsers
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals

WAIT_S = 5.0

Done = TypeVar("Done")


@dataclass(frozen=True)
class HashingLimits:
    """How many passwords may wait: from all addresses that nobody of the plant came from lately,
    from all others, from known browsers, and from one address or known browser.
    """

    waiting_max: int
    per_address_max: int


class Hashing:
    """Threads of their own for what hashes a password; for the event loop.

    A crowd of strangers takes no room from those who come from where the plant's people are, and a
    crowd there takes none from known browsers.
    """

    def __init__(
        self,
        limits: HashingLimits,
        addresses: KnownAddresses,
        browsers: KnownBrowsers,
        refusals: Refusals,
    ) -> None:
        self._limits = limits
        self._addresses = addresses
        self._browsers = browsers
        self._refusals = refusals
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE_MAX, "sign-in")
        self._waiting: Counter[str] = Counter()

    async def run(
        self, client: str, do: Callable[..., Done], *arguments: Any, browser: str = ""
    ) -> Done:
        """Return what `do` returns. Raises SignInPaused if too many wait for their turn."""
        counted = self._browsers.counted(client, browser)
        if not self._has_room(counted):
            sentence = "too many passwords wait to be checked"
            self._refusals.count(Limit.HASHES_WAITING, client, sentence)
            raise SignInPaused(WAIT_S)
        self._waiting[counted] += 1
        try:
            call = partial(do, *arguments)
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        finally:
            self._waiting[counted] -= 1
            if not self._waiting[counted]:
                del self._waiting[counted]

    def _has_room(self, counted: str) -> bool:
        limits, known = self._limits, self._how_known(counted)
        rivals = (
            count for other, count in self._waiting.items() if self._how_known(other) == known
        )
        return self._waiting[counted] < limits.per_address_max and sum(rivals) < limits.waiting_max

    def _how_known(self, counted: str) -> tuple[bool, bool]:
        return self._addresses.has(counted), self._browsers.has(counted)
