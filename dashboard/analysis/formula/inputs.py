"""What a formula is computed from: means of points on one grid, and what counters counted.

All values are in base units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.coverage import coverage, covered_s
from dashboard.analysis.daily import day_windows
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.track import Track, common
from schemas.formula.binding import Input
from schemas.units import Conversion

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GAP_INTERVALS = 3.0  # readings further apart than this leave a silence between them


@dataclass(frozen=True)
class PointInput:
    """A point as a formula gets it: its buckets, or the track of a counter.

    `way` leads from the unit of the point to base units.
    """

    intervals: Intervals
    values: BucketSeries | Track
    way: Conversion


@dataclass(frozen=True)
class FormulaInputs:
    """The points of one formula in one window.

    Args:
        points: What is read and what is counted of which point.
        start_ms: Begin of the window in milliseconds since 1970 UTC.
        step_s: Width of a step in seconds.
        steps: Number of steps in the window.
        zone: The site's zone, in which days begin.
    """

    points: Mapping[Input, PointInput]
    start_ms: float
    step_s: float
    steps: int
    zone: ZoneInfo

    @property
    def end_ms(self) -> float:
        """End of the window in milliseconds since 1970 UTC."""
        return self.start_ms + self.step_s * self.steps * 1000.0

    def means(self, point: Input) -> Floats:
        """Return the mean of the good readings of each step, NaN where there was none."""
        way, series = self.points[point].way, self._buckets(point)
        places = np.rint((series.x_ms - self.start_ms) / (self.step_s * 1000.0)).astype(np.int64)
        known = (places >= 0) & (places < self.steps) & (series.n_good > 0)
        places, n = places[known], series.n_good[known]
        # A step that a change of the unit falls into comes in two parts.
        counts, sums = np.zeros(self.steps), np.zeros(self.steps)
        np.add.at(counts, places, n)
        np.add.at(sums, places, series.mean_good[known] * n)
        means = np.divide(sums, counts, out=np.full(self.steps, np.nan), where=counts > 0)
        shown: Floats = means * way.scale + way.offset
        return shown

    @cached_property
    def local_days(self) -> Ints:
        """A number for the local day of each step; it rises from day to day."""
        starts_ms = self.start_ms + np.arange(self.steps) * self.step_s * 1000.0
        first, last = (
            datetime.fromtimestamp(edge / 1000.0, self.zone).date()
            for edge in (self.start_ms, self.end_ms)
        )
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        midnights = [day.start.timestamp() * 1000.0 for day in day_windows(days, self.zone)]
        return np.searchsorted(midnights, starts_ms, side="right")

    @cached_property
    def stretches(self) -> list[tuple[float, float]]:
        """Begin and end of the parts in which it is known what all the counters counted."""
        return common(list(self.tracks.values()), self.start_ms, self.end_ms)

    @property
    def known_s(self) -> float:
        """For how many seconds it is known what all the counters counted."""
        return sum(end - begin for begin, end in self.stretches) / 1000.0

    @property
    def due_s(self) -> float:
        """For how many seconds of the window counters should be known by now.

        Not yet due is what lies after the last reading, while the next one is on its way.
        """
        end_ms = self.end_ms
        for point, track in self.tracks.items():
            last_ms = track.x_ms[-1] if track.x_ms.size else self.start_ms
            waits_ms = GAP_INTERVALS * 1000.0 * float(self.points[point].intervals.at(last_ms))
            if self.start_ms < last_ms < end_ms <= last_ms + waits_ms:
                end_ms = float(last_ms)
        return (end_ms - self.start_ms) / 1000.0

    @cached_property
    def tracks(self) -> dict[Input, Track]:
        """The tracks of the counters."""
        return {
            point: found.values
            for point, found in self.points.items()
            if isinstance(found.values, Track)
        }

    def counted(self, point: Input) -> float:
        """Return what a counter counted while all counters of the formula are known.

        NaN if there is no such time. So a ratio of two meters never compares unequal times.
        """
        track = self.tracks[point]
        found = [track.counted(begin, end) for begin, end in self.stretches]
        totals = [each.total for each in found if each is not None]
        return sum(totals) * self.points[point].way.scale if totals else float("nan")

    def coverage(self) -> float | None:
        """Return the smallest coverage of any point; None if all are sent on change."""
        shares = [self._coverage(point) for point in self.points]
        return min((share for share in shares if share is not None), default=None)

    def _coverage(self, point: Input) -> float | None:
        """Return the share of the window, 0 to 1, that the readings of a point cover.

        A counter counts on while nobody reads it: between two of its readings it is known what it
        counted. None for a point that is sent on change: its silence says nothing.
        """
        intervals, values = self.points[point].intervals, self.points[point].values
        if isinstance(values, Track):
            regular_s, longest_s = (
                intervals.regular_s(self.start_ms, self.end_ms),
                intervals.longest_s,
            )
            if regular_s <= 0 or longest_s is None:
                return None
            gap_ms = GAP_INTERVALS * longest_s * 1000.0
            covered = values.covered_s(self.start_ms, self.end_ms, gap_ms)
            return min(1.0, covered * 1000.0 / (self.end_ms - self.start_ms))
        inside = (values.x_ms >= self.start_ms) & (values.x_ms < self.end_ms)
        covered = covered_s(values.x_ms[inside], values.n_good[inside], intervals, self.step_s)
        return coverage(covered, intervals, self.start_ms, self.end_ms)

    def _buckets(self, point: Input) -> BucketSeries:
        series = self.points[point].values
        if isinstance(series, Track):
            raise TypeError(f"{point.path} is counted here and has no means")
        return series
