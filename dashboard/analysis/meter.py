"""A totaliser: how it may move, what it sent, and what can happen to it besides counting."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOUR_MS = 3_600_000.0
LAST_STEPS = (1.0, 0.1, 0.01, 0.001)  # by which the last digit of a register moves
TURN_MIN = 100  # steps of the shortest register: two digits


class Incident(StrEnum):
    """What can happen to a counter besides counting."""

    ROLL_OVER = "roll_over"
    RESET = "reset"
    EXCHANGE = "exchange"
    JUMP = "jump"
    TURNS = "turns"
    GLITCH = "glitch"
    BACKWARDS = "backwards"


# Over these it is unknown what was counted.
UNKNOWN = frozenset({Incident.EXCHANGE, Incident.JUMP, Incident.RESET, Incident.TURNS})


def turn_of(range_hi: float) -> float:
    """Return what a register counts until it is at zero again, by the end of its range.

    An end that is all nines (999 999, 9 999.9) or all ones (65 535) is the last reading before
    zero, which is one step further; any other is where zero comes.
    """
    for step in LAST_STEPS:
        turn = max(round((range_hi + step) / step), 1)
        is_full = turn == 10 ** round(math.log10(turn)) or (step == 1.0 and not turn & (turn - 1))
        if turn >= TURN_MIN and is_full and math.isclose((turn - 1) * step, range_hi):
            return turn * step
    return range_hi


@dataclass(frozen=True)
class Event:
    """An incident between the readings `before` at `from_ms` and `after` at `to_ms`.

    `odd` is the reading that was furthest off and `readings` how many were left out; both only of a
    glitch.
    """

    kind: Incident
    from_ms: float
    to_ms: float
    before: float
    after: float
    odd: float | None = None
    readings: int = 0

    @property
    def is_known(self) -> bool:
        """Whether it is known what was counted over it."""
        return self.kind not in UNKNOWN

    @property
    def unknown_s(self) -> float:
        """For how many seconds it is unknown what was counted."""
        return 0.0 if self.is_known else (self.to_ms - self.from_ms) / 1000.0


@dataclass(frozen=True)
class Meter:
    """How a counter may move.

    Args:
        starts_ms: When each stretch of its definition begins, rising; what is before the first
            belongs to it.
        ends: Where it rolls over to zero in each stretch; None if it never does.
        max_rates_per_h: What it can count in an hour at most in each stretch; None if unknown.
        exchanged_ms: When another instrument began to serve the point.
        reach_ms: For how long readings may be off before it is a reset.
        busy_rate_per_h: What it counts in its busy hours; None if unknown.
    """

    starts_ms: Sequence[float]
    ends: Sequence[float | None]
    max_rates_per_h: Sequence[float | None]
    exchanged_ms: Sequence[float]
    reach_ms: float
    busy_rate_per_h: float | None = None

    @classmethod
    def always(
        cls,
        end: float | None,
        max_rate_per_h: float | None,
        reach_ms: float = 24 * HOUR_MS,
        busy_rate_per_h: float | None = None,
    ) -> "Meter":
        """Return a meter that never changed."""
        return cls((-np.inf,), (end,), (max_rate_per_h,), (), reach_ms, busy_rate_per_h)

    def end(self, x_ms: float) -> float | None:
        """Return where it rolls over at a moment."""
        return self.ends[self._stretch(x_ms)]

    def limit(self, from_ms: float, to_ms: float) -> float:
        """Return the most that it can count between two moments: never less than in an hour."""
        rate = self.max_rates_per_h[self._stretch(to_ms)]
        return np.inf if rate is None else rate * max((to_ms - from_ms) / HOUR_MS, 1.0)

    def limits(self, from_ms: Floats | float, to_ms: Floats) -> Floats:
        """Return `limit` for many moments."""
        rates = self._in_force(self.max_rates_per_h, to_ms)
        return rates * np.maximum((to_ms - from_ms) / HOUR_MS, 1.0)

    def busy(self, from_ms: Floats | float, to_ms: Floats | float) -> Any:
        """Return what it counts between moments if it counts as in its busy hours; 0 if unknown."""
        return (self.busy_rate_per_h or 0.0) * (to_ms - from_ms) / HOUR_MS

    def turns(self, to_ms: Floats) -> Floats:
        """Return `end` for many moments; infinite where it never rolls over."""
        return self._in_force(self.ends, to_ms)

    def exchanged(self, from_ms: float, to_ms: float) -> bool:
        """Return whether another instrument sent the reading of `to_ms`."""
        place = bisect_right(self.exchanged_ms, from_ms)
        return place < len(self.exchanged_ms) and self.exchanged_ms[place] <= to_ms

    def _stretch(self, x_ms: float) -> int:
        return max(bisect_right(self.starts_ms, x_ms) - 1, 0)

    def _in_force(self, of_stretches: Sequence[float | None], x_ms: Floats) -> Floats:
        """Return what held at many moments; None is infinite."""
        known = np.array([np.inf if value is None else value for value in of_stretches])
        return known[np.maximum(np.searchsorted(self.starts_ms, x_ms, side="right") - 1, 0)]


@dataclass(frozen=True)
class Readings:
    """Readings of a counter in order of time, none of them FAIL.

    `n` says how many readings each stands for, itself and those since the one before it: more than
    one where a stretch that only rises was left out.
    """

    x_ms: Floats
    value: Floats
    n: Ints

    @classmethod
    def of(cls, x_ms: Sequence[float] | Floats, value: Sequence[float] | Floats) -> "Readings":
        """Return readings of which none is left out."""
        return cls(
            np.asarray(x_ms, dtype=np.float64),
            np.asarray(value, dtype=np.float64),
            np.ones(len(x_ms), dtype=np.int64),
        )
