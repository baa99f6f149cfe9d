"""What a key figure is computed from: means of points on one grid, and what counters counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.coverage import coverage, covered_s
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.track import Track, common
from schemas.units import Conversion

Floats = NDArray[np.float64]

GAP_INTERVALS = 3.0  # readings further apart than this leave a silence between them


@dataclass(frozen=True)
class PointInput:
    """A point as a formula gets it: its buckets, or the track of a counter.

    `way` leads from the unit of the point to the one that the formula needs.
    """

    intervals: Intervals
    values: BucketSeries | Track
    way: Conversion


@dataclass(frozen=True)
class KpiInputs:
    """The points of one key figure in one window.

    Args:
        points: By name of the point.
        start_ms: Begin of the window in milliseconds since 1970 UTC.
        step_s: Width of a step in seconds.
        steps: Number of steps in the window.
    """

    points: Mapping[str, PointInput]
    start_ms: float
    step_s: float
    steps: int

    @property
    def step_h(self) -> float:
        """Width of a step in hours."""
        return self.step_s / 3600.0

    @property
    def end_ms(self) -> float:
        """End of the window in milliseconds since 1970 UTC."""
        return self.start_ms + self.step_s * self.steps * 1000.0

    def means(self, name: str) -> Floats:
        """Return the mean of the good readings of each step, NaN where there was none."""
        point = self.points[name]
        series = self._buckets(name)
        places = np.rint((series.x_ms - self.start_ms) / (self.step_s * 1000.0)).astype(np.int64)
        known = (places >= 0) & (places < self.steps) & (series.n_good > 0)
        places, n = places[known], series.n_good[known]
        # A step that a change of the unit falls into comes in two parts.
        counts, sums = np.zeros(self.steps), np.zeros(self.steps)
        np.add.at(counts, places, n)
        np.add.at(sums, places, series.mean_good[known] * n)
        means = np.divide(sums, counts, out=np.full(self.steps, np.nan), where=counts > 0)
        shown: Floats = means * point.way.scale + point.way.offset
        return shown

    def sums(self, names: Iterable[str]) -> Floats:
        """Return the sum of the means of several points; NaN where any of them is missing."""
        total: Floats = np.sum([self.means(name) for name in names], axis=0)
        return total

    def mean(self, name: str) -> float:
        """Return the mean over the window, each step weighted alike; NaN without any reading."""
        known = self.means(name)
        known = known[~np.isnan(known)]
        return float(known.mean()) if known.size else float("nan")

    def last(self, name: str) -> float | None:
        """Return the mean of the last step with a good reading; None without any."""
        known = self.means(name)
        known = known[~np.isnan(known)]
        return float(known[-1]) if known.size else None

    @cached_property
    def stretches(self) -> list[tuple[float, float]]:
        """The parts of the window in which it is known what all the counters counted."""
        return common(list(self.tracks.values()), self.start_ms, self.end_ms)

    @property
    def known_days(self) -> float:
        """For how many days it is known what all the counters counted."""
        return sum(end - begin for begin, end in self.stretches) / 86_400_000.0

    @property
    def due_days(self) -> float:
        """For how many days of the window counters should be known by now.

        Not yet due is what lies after the last reading, while the next one is on its way.
        """
        end_ms = self.end_ms
        for name, track in self.tracks.items():
            last_ms = track.x_ms[-1] if track.x_ms.size else self.start_ms
            waits_ms = GAP_INTERVALS * 1000.0 * float(self.points[name].intervals.at(last_ms))
            if self.start_ms < last_ms < end_ms <= last_ms + waits_ms:
                end_ms = float(last_ms)
        return (end_ms - self.start_ms) / 86_400_000.0

    @property
    def tracks(self) -> dict[str, Track]:
        """The tracks of the counters, by name of the point."""
        return {
            name: point.values
            for name, point in self.points.items()
            if isinstance(point.values, Track)
        }

    def counted(self, name: str) -> float | None:
        """Return what a counter counted while all counters of the key figure are known.

        None if there is no such time. So a ratio of two meters never compares unequal times.
        """
        track = self.tracks[name]
        found = [track.counted(begin, end) for begin, end in self.stretches]
        totals = [one.total for one in found if one is not None]
        return sum(totals) * self.points[name].way.scale if totals else None

    def coverage(self, name: str) -> float | None:
        """Return the share of the window, 0 to 1, that the readings of a point cover.

        A counter counts on while nobody reads it: between two of its readings it is known what it
        counted. None for a point that is sent on change: its silence says nothing.
        """
        point = self.points[name]
        regular_s = point.intervals.regular_s(self.start_ms, self.end_ms)
        if isinstance(point.values, Track):
            longest_s = point.intervals.longest_s
            if regular_s <= 0 or longest_s is None:
                return None
            gap_ms = GAP_INTERVALS * longest_s * 1000.0
            covered = point.values.covered_s(self.start_ms, self.end_ms, gap_ms)
            return min(1.0, covered * 1000.0 / (self.end_ms - self.start_ms))
        series = self._buckets(name)
        inside = (series.x_ms >= self.start_ms) & (series.x_ms < self.end_ms)
        covered = covered_s(
            series.x_ms[inside], series.n_good[inside], point.intervals, self.step_s
        )
        return coverage(covered, point.intervals, self.start_ms, self.end_ms)

    def _buckets(self, name: str) -> BucketSeries:
        series = self.points[name].values
        if isinstance(series, Track):
            raise TypeError(f"{name} is a counter here and has no means")
        return series
