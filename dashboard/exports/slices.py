"""How a long time is read: in slices of bounded size, cut at the site's local months. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ROWS_PER_SLICE = 25_000
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Slice:
    """A time of one point that is read at once; `month` is "2026-10", where it lies at the site."""

    start: datetime
    end: datetime
    month: str


def slices(
    start: datetime, end: datetime, zone: ZoneInfo, rows: Mapping[datetime, int]
) -> Iterator[Slice]:
    """Yield slices that cover [start, end) without a gap, in order.

    `rows` says how many readings each UTC hour has that has any, by its beginning; a slice has at
    most ROWS_PER_SLICE of them, or is one hour.
    """
    while start < end:
        local = start.astimezone(zone)
        month_end = min(end, _next_month(local, zone))
        cut = _cut(start, month_end, rows)
        yield Slice(start, cut, f"{local:%Y-%m}")
        start = cut


def _cut(start: datetime, end: datetime, rows: Mapping[datetime, int]) -> datetime:
    """Return where a slice from `start` ends: at `end`, or at an hour before it is too much."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    total = rows.get(hour, 0)
    while (hour := hour + _HOUR) < end:
        total += rows.get(hour, 0)
        if total > ROWS_PER_SLICE:
            return hour
    return end


def _next_month(local: datetime, zone: ZoneInfo) -> datetime:
    year, month = divmod(local.year * 12 + local.month, 12)
    return datetime(year, month + 1, 1, tzinfo=zone).astimezone(UTC)
