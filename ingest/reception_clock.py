"""The clock of receptions, and whether somebody set it."""

import logging
import time
from collections.abc import Callable
from typing import NamedTuple

LEAST_US = 1_000_000  # less is how clocks are kept right
MOST_US = 86_400_000_000  # a clock that was years ahead is no reason to take stamps of those years
SLOW_MOST_US = 7 * MOST_US  # so long before it was put forward it may have been slow

_log = logging.getLogger(__name__)


class Slow(NamedTuple):
    """Receptions of `since_us` to `until_us` were up to `by_us` later than the clock said."""

    since_us: int
    until_us: int
    by_us: int


class ReceptionClock:
    """The time of the wall, as it is said to be now.

    Whether it was right before or is right now cannot be known here. Devices that are right must
    not be refused as coming from the future, so what is too far in it goes by the later one.
    """

    def __init__(
        self,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        # Goes on while the machine is suspended, as the wall does.
        steady_us: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000,
    ) -> None:
        self._wall_us = wall_us
        self._steady_us = steady_us
        self._began_us = wall_us()
        self._ahead_us = self._least_ahead_us = self._seen_ahead_us = self._began_us - steady_us()
        self._set_back_us = 0
        self._slow = Slow(0, 0, 0)

    def now_us(self) -> int:
        """Return the time in microseconds since 1970 UTC. Any thread may call it."""
        wall_us = self._wall_us()
        ahead_us = wall_us - self._steady_us()
        self._ahead_us = max(self._ahead_us, ahead_us)
        set_back_us = min(self._ahead_us - ahead_us, MOST_US)
        if set_back_us - self._set_back_us > LEAST_US:
            _log.warning(
                "clock: this machine's clock was set back by %.0f s. Times of reception are what "
                "it says now; device times are taken up to what it said before, until a restart",
                set_back_us / 1e6,
            )
        self._set_back_us = set_back_us
        return wall_us

    def later_us(self, received_us: int) -> int:
        """Return by how much later the clock before or after may have called this reception."""
        slow = self._slow
        was_slow = slow.since_us <= received_us < slow.until_us
        return max(self._set_back_us, slow.by_us if was_slow else 0)

    def put_forward(self) -> Slow | None:
        """Return what was received by a slow clock, if it was put forward since the last call.

        Called by one task, often: it finds what was received before by what has passed since.
        """
        wall_us = self._wall_us()
        ahead_us = wall_us - self._steady_us()
        by_us, self._seen_ahead_us = ahead_us - self._seen_ahead_us, ahead_us
        self._least_ahead_us = min(self._least_ahead_us, ahead_us)
        if by_us <= LEAST_US:
            return None
        until_us = wall_us - by_us
        since_us = max(self._began_us, until_us - SLOW_MOST_US)
        self._slow = Slow(since_us, until_us, ahead_us - self._least_ahead_us)
        return self._slow
