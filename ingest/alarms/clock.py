"""The time of this machine, and by how much somebody has set it."""

import time
from collections.abc import Callable

JUMP_MIN_US = 2_000_000


class Clock:
    """Compares the machine's clock with one that never jumps; slow drift is followed silently."""

    def __init__(
        self,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        steady_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        self._wall_us = wall_us
        self._steady_us = steady_us
        self._offset_us = wall_us() - steady_us()

    def read(self) -> tuple[int, int]:
        """Return now, in microseconds since 1970 UTC, and by how much the clock was set since."""
        now_us, offset_us = self._wall_us(), self._wall_us() - self._steady_us()
        by_us, self._offset_us = offset_us - self._offset_us, offset_us
        return now_us, by_us if abs(by_us) >= JUMP_MIN_US else 0
