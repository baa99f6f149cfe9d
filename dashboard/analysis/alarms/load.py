"""Alarms in ten minutes, and the floods among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.alarms.occurrence import Occurrence, seconds
from dashboard.analysis.window import Window

SLOT = timedelta(minutes=10)
FLOOD_MORE_THAN = 10  # ISA-18.2: a flood begins above 10 alarms of one operator in 10 minutes
FLOOD_OVER_BELOW = 5  # and is over when there are fewer than 5


@dataclass(frozen=True)
class Flood:
    """A flood: its first and last slot of ten minutes, its alarms and those of its worst slot."""

    start: datetime
    end: datetime
    alarms: int
    peak: int


@dataclass(frozen=True)
class Load:
    """The alarms of a window in slots of ten minutes from its start; the last may be shorter."""

    window: Window
    counts: NDArray[np.int64]
    operators: int

    @property
    def per_operator(self) -> float:
        """The mean of alarms of one operator in ten minutes."""
        slots = (self.window.end - self.window.start) / SLOT
        return float(self.counts.sum()) / slots / self.operators

    @property
    def peak(self) -> float:
        """The most alarms of one operator in ten minutes."""
        return float(self.counts.max(initial=0)) / self.operators

    @property
    def crowded_share(self) -> float:
        """The share of slots, 0 to 1, with more alarms than one operator can follow."""
        return float((self.counts > FLOOD_MORE_THAN * self.operators).mean())

    def starts(self) -> list[datetime]:
        """Return when each slot begins."""
        return [self.window.start + place * SLOT for place in range(self.counts.size)]

    def floods(self) -> list[Flood]:
        """Return the floods, the earliest first."""
        found: list[Flood] = []
        first: int | None = None
        for place, count in enumerate([*self.counts.tolist(), 0]):
            if first is None and count > FLOOD_MORE_THAN * self.operators:
                first = place
            elif first is not None and count < FLOOD_OVER_BELOW * self.operators:
                found.append(self._flood(first, place))
                first = None
        return found

    def flooded_share(self) -> float:
        """Return the share of the window, 0 to 1, that is flood."""
        flooded = sum((one.end - one.start for one in self.floods()), timedelta())
        return flooded / (self.window.end - self.window.start)

    def _flood(self, first: int, after: int) -> Flood:
        inside = self.counts[first:after]
        start = self.window.start + first * SLOT
        end = min(self.window.start + after * SLOT, self.window.end)
        return Flood(start, end, int(inside.sum()), int(inside.max()))


def load(raised: Sequence[Occurrence], window: Window, operators: int) -> Load:
    """Return the load of what was raised in a window, for so many operators at a time.

    Raises ValueError without an operator or for an empty window.
    """
    if operators < 1 or window.end <= window.start:
        raise ValueError("A load needs an operator and a window that ends after it begins.")
    slots = -(-(window.end - window.start) // SLOT)
    at_s = seconds([one.raised_at for one in raised]) - window.start.timestamp()
    places = np.clip((at_s // SLOT.total_seconds()).astype(np.int64), 0, slots - 1)
    return Load(window, np.bincount(places, minlength=slots).astype(np.int64), operators)
