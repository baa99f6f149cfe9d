"""One annunciation of an alarm: from when it was raised until it cleared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.window import Window

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Occurrence:
    """One annunciation; `cleared_at` and `acknowledged_at` are None while it is not.

    `recorded_at` is since when people could see it, None: since it was raised.
    `limit` and `cleared_value` are in the unit of the alarm's point, where it watches one.
    `respond_within_s` is the time that its definition gives an operator.
    """

    alarm_id: UUID
    priority: str
    raised_at: datetime
    cleared_at: datetime | None = None
    acknowledged_at: datetime | None = None
    respond_within_s: float | None = None
    limit: float | None = None
    cleared_value: float | None = None
    recorded_at: datetime | None = None

    @property
    def told_at(self) -> datetime:
        """Since when people could see it."""
        return max(self.raised_at, self.recorded_at or self.raised_at)

    @property
    def asked(self) -> bool:
        """Whether it asked for somebody, and was not over before people could see it."""
        return self.cleared_at is None or self.cleared_at > self.told_at

    def lasted_s(self, now: datetime) -> float:
        """Return for how many seconds it was or has been active."""
        return ((self.cleared_at or now) - self.raised_at).total_seconds()


def raised_in(occurrences: Iterable[Occurrence], window: Window) -> list[Occurrence]:
    """Return what was raised in a window, the earliest first."""
    inside = (one for one in occurrences if window.start <= one.raised_at < window.end)
    return sorted(inside, key=lambda one: one.raised_at)


def by_alarm(occurrences: Iterable[Occurrence]) -> Mapping[UUID, list[Occurrence]]:
    """Return the occurrences of each alarm, in the order in which they come."""
    found: dict[UUID, list[Occurrence]] = defaultdict(list)
    for one in occurrences:
        found[one.alarm_id].append(one)
    return found


def seconds(moments: Sequence[datetime]) -> Floats:
    """Return moments as seconds since 1970 UTC."""
    return np.array([one.timestamp() for one in moments], dtype=np.float64)
