"""How complete the readings of a point are, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.analysis.intervals import Intervals
from dashboard.analysis.window import DAY_S, HOUR_S, Window

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Due:
    """When readings of a point are due: at its intervals from when it began until now, but not
    while it is worked on.

    Moments are milliseconds since 1970-01-01 UTC. Spans of `work` do not overlap.
    """

    intervals: Intervals
    began_ms: float
    now_ms: float
    work: Sequence[tuple[float, float]] = ()


class Days(NamedTuple):
    """Days one after another: when they begin and end, ms since 1970-01-01 UTC."""

    starts_ms: Floats
    ends_ms: Floats

    @classmethod
    def of(cls, windows: Sequence[Window]) -> "Days":
        """Return the days of some windows."""
        starts = [window.start.timestamp() * 1000.0 for window in windows]
        ends = [window.end.timestamp() * 1000.0 for window in windows]
        return cls(np.array(starts), np.array(ends))


def by_day(days: Days, x_ms: ArrayLike, n_good: ArrayLike, due: Due) -> Floats:
    """Return the share of the readings due that came and were good, 0 to 1, for each of `days`.

    `x_ms` are begins of days (ms since 1970 UTC, in any order) with `n_good` good readings; a day
    that is not among them had none. A reading that comes less than once a day stands for the days
    of its interval. NaN where nothing was due: before the point began, while readings are sent on
    change, and where the work left less than an interval of a day.
    """
    starts_ms, begun_ms = days.starts_ms, np.maximum(days.starts_ms, due.began_ms)
    part = Days(begun_ms, np.minimum(days.ends_ms, due.now_ms))
    due_s = due.intervals.regular_each_s(*part)
    good = np.zeros(starts_ms.size)
    places = np.searchsorted(starts_ms, np.asarray(x_ms, float), side="right") - 1
    np.add.at(good, np.maximum(places, 0), np.asarray(n_good, float) * (places >= 0))
    interval_s = due.intervals.at(begun_ms)
    if due.work:
        rest_s = due_s - worked_s(part, due.work)
        due_s = np.where(rest_s < np.minimum(interval_s, due_s), 0.0, np.minimum(rest_s, due_s))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(due_s > 0, np.minimum(good * interval_s / due_s, 1.0), np.nan)
    return np.where(
        (interval_s > DAY_S) & (due_s > 0), _standing(good, starts_ms, interval_s), shares
    )


def worked_s(days: Days, work: Sequence[tuple[float, float]]) -> Floats:
    """Return for how many seconds of each day a point was worked on."""
    if not work:
        return np.zeros(days.starts_ms.size)
    starts_ms, ends_ms = np.array(work, float).T[..., np.newaxis]
    inside_ms = np.minimum(ends_ms, days.ends_ms) - np.maximum(starts_ms, days.starts_ms)
    worked: Floats = np.maximum(inside_ms, 0.0).sum(axis=0) / 1000.0
    return worked


def _standing(good: Floats, starts_ms: Floats, interval_s: Floats) -> Floats:
    """Return 1 for days for which the last good reading still stands, else 0; NaN before any."""
    places = np.maximum.accumulate(np.where(good > 0, np.arange(good.size), -1))
    age_s = (starts_ms - starts_ms[places]) / 1000.0
    return np.where(places < 0, np.nan, (age_s <= interval_s + HOUR_S).astype(float))


def over(shares: Floats, last_days: int) -> float | None:
    """Return the mean of the last days in which anything was due; None if there was none."""
    due = shares[-last_days:]
    due = due[~np.isnan(due)]
    return float(due.mean()) if due.size else None
