"""Amounts a local day, from the day buckets of counters and flows."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.domain.counter import increments
from dashboard.domain.kpi_inputs import counts
from dashboard.domain.series import BucketSeries


def counted_by_day(
    series: BucketSeries, days: Sequence[date], end: float | None, zone: ZoneInfo
) -> list[float | None]:
    """Return what a counter counted on each of `days`; None where it sent nothing.

    The series should begin a day earlier, so that the first day's way from midnight is counted too.
    After days of silence the whole way falls on the first day that speaks again.
    """
    used = series.n_used > 0
    keys = [_day(x_ms, zone) for x_ms in series.x_ms[used].tolist()]
    found = dict(zip(keys, increments(counts(series), end), strict=True))
    return [found.get(day) for day in days]


def mean_by_day(
    series: BucketSeries, days: Sequence[date], zone: ZoneInfo, factor: float = 1.0
) -> list[float | None]:
    """Return the mean of the good readings of each of `days` times `factor`; None without any."""
    found = {
        _day(x_ms, zone): mean * factor
        for x_ms, mean, n in zip(
            series.x_ms.tolist(), series.mean_good.tolist(), series.n_good.tolist(), strict=True
        )
        if n
    }
    return [found.get(day) for day in days]


def _day(x_ms: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(x_ms / 1000.0, zone).date()
