"""The mean of the last hours as it will be a while from now if the value stays (pure).

A reading holds until the next one. What was is kept in parts of the time, PARTS of them, so that
memory does not grow with the readings; they begin at the same moments whenever one begins to count.
"""

import math
from collections import deque
from dataclasses import dataclass

PARTS = 256


@dataclass(slots=True)
class _Part:
    """A stretch of time, and value times microseconds in it."""

    from_us: int
    until_us: int = 0
    amount: float = 0.0


class RunningMean:
    """The mean over `over_s`, of which the last `ahead_s` are still to come."""

    def __init__(self, over_s: float, ahead_s: float) -> None:
        self._over_us = round(over_s * 1e6)
        self._kept_us = self._over_us - round(ahead_s * 1e6)
        self._part_us = max(1, math.ceil(self._over_us / PARTS))
        self._parts: deque[_Part] = deque()
        self._first_us: int | None = None
        self._last_us = 0
        self._value = math.nan

    def add(self, at_us: int, value: float) -> float | None:
        """Take a reading; return the mean that is to be expected, None if too little is known."""
        begins_us = at_us - self._kept_us
        if self._first_us is None:
            self._first_us = at_us
        else:
            if self._last_us < begins_us:
                self._parts.clear()
            self._hold(max(self._last_us, begins_us), at_us)
        self._last_us, self._value = at_us, value
        if self._first_us > begins_us:
            return None
        while self._parts and self._parts[0].until_us <= begins_us:
            self._parts.popleft()
        total = sum(part.amount for part in self._parts)
        if self._parts and self._parts[0].from_us < begins_us:
            # Of the part in which it begins, as much as lies behind that.
            first = self._parts[0]
            total -= first.amount * (begins_us - first.from_us) / (first.until_us - first.from_us)
        return (total + value * (self._over_us - self._kept_us)) / self._over_us

    def _hold(self, from_us: int, to_us: int) -> None:
        """Let the last value go on from one moment to another."""
        while from_us < to_us:
            end_us = min(to_us, (from_us // self._part_us + 1) * self._part_us)
            if not self._parts or from_us % self._part_us == 0:
                self._parts.append(_Part(from_us))
            self._parts[-1].amount += self._value * (end_us - from_us)
            self._parts[-1].until_us = end_us
            from_us = end_us
