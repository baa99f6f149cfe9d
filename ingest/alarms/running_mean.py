"""The mean of the last hours as it will be a while from now if the value stays (pure).

A reading holds until the next one. What was is kept in parts of the time, PARTS of them, so that
memory does not grow with the readings; they begin at the same moments whenever one begins to count.
"""

import math
from collections import deque

PARTS = 256


class RunningMean:
    """The mean over `over_s`, of which the last `ahead_s` are still to come."""

    def __init__(self, over_s: float, ahead_s: float) -> None:
        self._over_us = round(over_s * 1e6)
        self._kept_us = self._over_us - round(ahead_s * 1e6)
        self._part_us = max(1, math.ceil(self._over_us / PARTS))
        self._parts: deque[list[float]] = deque()
        """Of each part its number and value times time."""
        self._first_us: int | None = None
        self._last_us = 0
        self._value = math.nan

    def add(self, at_us: int, value: float) -> float | None:
        """Take a reading; return the mean that is to be expected, None if too little is known."""
        begins_us = at_us - self._kept_us
        if self._first_us is None:
            self._first_us = at_us
        else:
            self._hold(max(self._last_us, begins_us - self._part_us), at_us)
        self._last_us, self._value = at_us, value
        if self._first_us > begins_us:
            return None
        number = begins_us // self._part_us
        while self._parts and self._parts[0][0] < number:
            self._parts.popleft()
        total = sum(amount for _, amount in self._parts)
        if self._parts and self._parts[0][0] == number:
            # Of the part in which it begins, as much as lies behind that.
            outside_us = begins_us - number * self._part_us
            total -= self._parts[0][1] * outside_us / self._part_us
        return (total + value * (self._over_us - self._kept_us)) / self._over_us

    def _hold(self, from_us: int, to_us: int) -> None:
        """Let the last value go on from one moment to another."""
        while from_us < to_us:
            number = from_us // self._part_us
            end_us = min(to_us, (number + 1) * self._part_us)
            if not self._parts or self._parts[-1][0] != number:
                self._parts.append([number, 0.0])
            self._parts[-1][1] += self._value * (end_us - from_us)
            from_us = end_us
