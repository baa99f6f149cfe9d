"""The clock of receptions, and whether somebody set it back."""

import logging
import time
from collections.abc import Callable

LEAST_US = 1_000_000  # less is how clocks are kept right
MOST_US = 86_400_000_000  # a clock that was years ahead is no reason to take stamps of those years

_log = logging.getLogger(__name__)


class ReceptionClock:
    """The time of the wall, as it is said to be now; `set_back_us` is by how much it was set back.

    Whether it was right before or is right now cannot be known here. Devices that are right must
    not be refused as coming from the future, so what is too far in it goes by the later one.
    """

    def __init__(
        self,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        steady_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        self._wall_us = wall_us
        self._steady_us = steady_us
        self._ahead_us = wall_us() - steady_us()
        self._set_back_us = 0

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

    def set_back_us(self) -> int:
        """Return how much later the time is by what the clock said before."""
        return self._set_back_us
