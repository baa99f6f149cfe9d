"""What the key figures are computed from: the points' buckets on one common grid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.counter import Count, Counted, counted
from dashboard.domain.coverage import coverage, covered_s
from dashboard.domain.intervals import Intervals
from dashboard.domain.series import BucketSeries

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PointBuckets:
    """All buckets of one point in the window.

    `counter_end` is where a counter rolls over; None if the point is no counter or never does.
    """

    intervals: Intervals
    counter_end: float | None
    buckets: BucketSeries


@dataclass(frozen=True)
class KpiInputs:
    """The buckets of every point that a key figure may use.

    Args:
        points: Buckets by name of the point; a point that the site does not have is absent.
        start_ms: Begin of the window in milliseconds since 1970 UTC.
        step_s: Width of a bucket in seconds.
        steps: Number of buckets in the window.
    """

    points: Mapping[str, PointBuckets]
    start_ms: float
    step_s: float
    steps: int

    @property
    def step_h(self) -> float:
        """Width of a bucket in hours."""
        return self.step_s / 3600.0

    @property
    def days(self) -> float:
        """Width of the window in days."""
        return self.step_s * self.steps / 86_400.0

    def has(self, names: Iterable[str]) -> bool:
        """Return whether the site has all of these points."""
        return all(name in self.points for name in names)

    def means(self, name: str) -> Floats:
        """Return the mean of the good readings of each bucket, NaN where there was none."""
        series = self.points[name].buckets
        means = np.full(self.steps, np.nan)
        means[self._places(series)] = series.mean_good
        return means

    def sums(self, names: Iterable[str]) -> Floats:
        """Return the sum of the means of several points; NaN where any of them is missing."""
        total: Floats = np.sum([self.means(name) for name in names], axis=0)
        return total

    def mean(self, name: str) -> float:
        """Return the mean over the window, each bucket weighted alike; NaN without any reading."""
        known = self.means(name)
        known = known[~np.isnan(known)]
        return float(known.mean()) if known.size else float("nan")

    def last(self, name: str) -> float | None:
        """Return the mean of the last bucket with a good reading; None without any."""
        known = self.means(name)
        known = known[~np.isnan(known)]
        return float(known[-1]) if known.size else None

    def elapsed_days(self, name: str) -> float:
        """Return the days between the first and the last bucket in which a point has a value."""
        series = self.points[name].buckets
        used = series.x_ms[series.n_used > 0]
        return float(used[-1] - used[0]) / 86_400_000.0 if used.size else 0.0

    def counted(self, name: str) -> Counted | None:
        """Return what a counter counted in the window; None if it sent nothing."""
        point = self.points[name]
        rows = counts(point.buckets)
        return counted(rows, point.counter_end) if rows else None

    def coverage(self, name: str, *, counter: bool) -> float | None:
        """Return the share of the window, 0 to 1, that the good readings of a point cover.

        A counter counts on while nobody reads it, so it covers the stretch between its first and
        its last good reading. None for a point that is sent on change: its silence says nothing.
        """
        point, series = self.points[name], self.points[name].buckets
        end_ms = self.start_ms + self.step_s * self.steps * 1000.0
        covered = covered_s(series.x_ms, series.n_good, point.intervals, self.step_s)
        share = coverage(covered, point.intervals, self.start_ms, end_ms)
        places = self._places(series)[series.n_good > 0]
        if share is None or not counter or not places.size:
            return share
        return float(places[-1] - places[0] + 1) / self.steps

    def _places(self, series: BucketSeries) -> NDArray[np.int64]:
        return np.rint((series.x_ms - self.start_ms) / (self.step_s * 1000.0)).astype(np.int64)


def counts(series: BucketSeries) -> list[Count]:
    """Return the buckets of a counter that have a value, in order of time."""
    used = series.n_used > 0
    columns = (series.first, series.last, series.low, series.high)
    rows = zip(*(column[used].tolist() for column in columns), strict=True)
    return [Count(*row) for row in rows]
