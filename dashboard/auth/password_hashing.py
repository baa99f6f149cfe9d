"""Where passwords are hashed: apart from the threads that answer everybody, and in turns."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from dashboard.auth.errors import SignInPaused
from dashboard.auth.passwords import HASHES_AT_ONCE_MAX
from dashboard.limits.refusals import Refusals

WAITING_MAX = 20  # of everybody; each takes some 50 ms of a processor
WAITING_PER_CLIENT_MAX = 4  # whoever guesses waits among those who guess
WAIT_S = 5.0

Done = TypeVar("Done")


class Hashing:
    """Threads of their own for what hashes a password; for the event loop."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE_MAX, "sign-in")
        self._waiting: Counter[str] = Counter()

    async def run(self, client: str, do: Callable[..., Done], *arguments: Any) -> Done:
        """Return what `do` returns. Raises SignInPaused if too many wait for their turn."""
        if self._waiting[client] >= WAITING_PER_CLIENT_MAX or self._waiting.total() >= WAITING_MAX:
            self._refusals.count("hashes_waiting", client, "too many passwords wait to be checked")
            raise SignInPaused(WAIT_S)
        self._waiting[client] += 1
        try:
            call = partial(do, *arguments)
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]
