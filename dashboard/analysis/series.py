"""The values of one point in one window, as a chart draws them and a table sums them up."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.coverage import coverage, covered_s
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.window import Resolution, Window
from schemas.quality import Qc

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RawSeries:
    """Readings as they were stored, in order of time.

    `x_ms` are milliseconds since 1970 UTC; `value` is NaN where the source sent none; `qc` is the
    QARTOD verdict. A reading before the window and one after it may be among them.
    """

    x_ms: Floats
    value: Floats
    qc: Ints

    @cached_property
    def line(self) -> Floats:
        """The values that a line may pass through: those that are not FAIL."""
        return np.where(self.qc == Qc.FAIL, np.nan, self.value)

    def marked(self, verdict: Qc) -> "RawSeries":
        """Return the readings with this verdict that have a value."""
        chosen = (self.qc == verdict) & ~np.isnan(self.value)
        return RawSeries(self.x_ms[chosen], self.value[chosen], self.qc[chosen])


@dataclass(frozen=True)
class BucketSeries:
    """Buckets in order of time; those without any reading are absent.

    `x_ms` is the begin of a bucket in milliseconds since 1970 UTC. `n` counts all readings,
    `n_used` those that are not FAIL and have a value, `n_good` those that are GOOD or not
    evaluated. `mean`, `low`, `high`, `first` and `last` are over the used ones, NaN where there was
    none; `mean_good` is over the good ones.
    """

    resolution: Resolution
    x_ms: Floats
    n: Ints
    n_used: Ints
    n_good: Ints
    mean: Floats
    mean_good: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats

    def cut(self, part: slice) -> "BucketSeries":
        """Return a part of the buckets."""
        columns: dict[str, Any] = {
            each.name: getattr(self, each.name)[part]
            for each in fields(self)
            if each.name != "resolution"
        }
        return replace(self, **columns)

    def with_values(self, change: Callable[[Floats], Floats]) -> "BucketSeries":
        """Return the buckets with each column of values changed."""
        return replace(
            self,
            mean=change(self.mean),
            mean_good=change(self.mean_good),
            low=change(self.low),
            high=change(self.high),
            first=change(self.first),
            last=change(self.last),
        )

    def middle_ms(self, end_ms: float) -> Floats:
        """Return the middles of the buckets; that of a bucket cut by `end_ms` moves with it."""
        ends = np.minimum(self.x_ms + self.resolution.step_s * 1000.0, end_ms)
        return (self.x_ms + np.maximum(ends, self.x_ms)) / 2


Series = RawSeries | BucketSeries


def joined(before: BucketSeries, after: BucketSeries) -> BucketSeries:
    """Return the buckets of both; one that begins in `before` and goes on in `after` is one."""
    if not before.x_ms.size or not after.x_ms.size or before.x_ms[-1] != after.x_ms[0]:
        columns: dict[str, Any] = {
            each.name: np.concatenate((getattr(before, each.name), getattr(after, each.name)))
            for each in fields(BucketSeries)
            if each.name != "resolution"
        }
        return replace(before, **columns)
    parts = before.cut(slice(-1, None)), after.cut(slice(1))
    return joined(joined(before.cut(slice(-1)), _united(*parts)), after.cut(slice(1, None)))


def _united(one: BucketSeries, other: BucketSeries) -> BucketSeries:
    """Return one bucket from two parts of it, the earlier first."""
    return replace(
        one,
        n=one.n + other.n,
        n_used=one.n_used + other.n_used,
        n_good=one.n_good + other.n_good,
        mean=_weighted(one.mean, one.n_used, other.mean, other.n_used),
        mean_good=_weighted(one.mean_good, one.n_good, other.mean_good, other.n_good),
        low=np.fmin(one.low, other.low),
        high=np.fmax(one.high, other.high),
        first=np.where(one.n_used > 0, one.first, other.first),
        last=np.where(other.n_used > 0, other.last, one.last),
    )


def _weighted(one: Floats, n: Ints, other: Floats, m: Ints) -> Floats:
    total = np.where(n > 0, one * n, 0.0) + np.where(m > 0, other * m, 0.0)
    mean: Floats = np.divide(total, n + m, out=np.full(total.shape, np.nan), where=n + m > 0)
    return mean


@dataclass(frozen=True)
class Summary:
    """What the table below a chart says about a point in a window; None where nothing is known.

    `coverage` is the share of the window, 0 to 1, that good readings cover; None for a point that
    is sent on change. `last_ms` is when `last` was read, or the begin of its bucket; `last_good` is
    false if it, or any reading of its bucket, is suspect or failed.
    """

    n: int
    low: float | None
    mean: float | None
    high: float | None
    last: float | None
    last_ms: float | None
    last_good: bool
    coverage: float | None


def summary(
    series: Series, window: Window, intervals: Intervals, newest: RawSeries | None = None
) -> Summary:
    """Sum up the readings of `series` that lie in `window`.

    The mean of buckets weights each by its used readings, so it is the mean of those readings.
    `newest` is the last reading itself, which tells more of it than a bucket does.
    """
    found = _summary(series, window, intervals)
    if newest is None or not newest.x_ms.size or np.isnan(newest.line[-1]):
        return found
    return replace(
        found,
        last=float(newest.line[-1]),
        last_ms=float(newest.x_ms[-1]),
        last_good=bool(newest.qc[-1] <= Qc.UNKNOWN),
    )


def _summary(series: Series, window: Window, intervals: Intervals) -> Summary:
    start_ms = window.start.timestamp() * 1000.0
    end_ms = window.end.timestamp() * 1000.0
    if isinstance(series, RawSeries):
        return _summary_of_raw(series, start_ms, end_ms, intervals)
    return _summary_of_buckets(series, start_ms, end_ms, intervals)


def _summary_of_raw(
    series: RawSeries, start_ms: float, end_ms: float, intervals: Intervals
) -> Summary:
    inside = (series.x_ms >= start_ms) & (series.x_ms < end_ms)
    values = series.line[inside]
    known = ~np.isnan(values)
    good = known & (series.qc[inside] <= Qc.UNKNOWN)
    covered = float(np.nansum(intervals.at(series.x_ms[inside][good])))
    share = coverage(covered, intervals, start_ms, end_ms)
    n = int(inside.sum())
    if not known.any():
        return Summary(n, None, None, None, None, None, False, share)
    used = values[known]
    last_ms = float(series.x_ms[inside][known][-1])
    return Summary(
        n,
        float(used.min()),
        float(used.mean()),
        float(used.max()),
        float(used[-1]),
        last_ms,
        bool(good[known][-1]),
        share,
    )


def _summary_of_buckets(
    series: BucketSeries, start_ms: float, end_ms: float, intervals: Intervals
) -> Summary:
    begin_ms = min(start_ms, float(series.x_ms[0])) if series.x_ms.size else start_ms
    covered = covered_s(series.x_ms, series.n_good, intervals, series.resolution.step_s)
    share = coverage(covered, intervals, begin_ms, end_ms)
    used = series.n_used > 0
    n = int(series.n.sum())
    if not used.any():
        return Summary(n, None, None, None, None, None, False, share)
    weights = series.n_used[used]
    return Summary(
        n,
        float(series.low[used].min()),
        float((series.mean[used] * weights).sum() / weights.sum()),
        float(series.high[used].max()),
        float(series.last[used][-1]),
        float(series.x_ms[used][-1]),
        bool(series.n_good[used][-1] == series.n[used][-1]),
        share,
    )
