"""Work that others may ask for as often as they like, and that is done so often and no more."""

import asyncio
import time
from collections import deque
from collections.abc import Callable


class Throttle:
    """Does its work at once, but at most `limit_calls` times in any `window_s`.

    Whoever asks beyond that has it done once more as soon as it may be, however many ask. For the
    event loop; the work must not wait for anything.
    """

    def __init__(
        self,
        work: Callable[[], None],
        *,
        limit_calls: int,
        window_s: float,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._limit = limit_calls
        self._window_s = window_s
        self._clock_s = clock_s
        self._done_s: deque[float] = deque(maxlen=limit_calls)
        self._due: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        """Do it now, or as soon as it may be done again."""
        if self._due is not None:
            return
        now_s = self._clock_s()
        wait_s = self._done_s[0] + self._window_s - now_s if self._is_full else 0.0
        if wait_s > 0:
            self._due = asyncio.get_running_loop().call_later(wait_s, self._do_due)
            return
        self._done_s.append(now_s)
        self._work()

    @property
    def _is_full(self) -> bool:
        return len(self._done_s) == self._limit

    def _do_due(self) -> None:
        self._due = None
        self()
