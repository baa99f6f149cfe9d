"""Stretches of a site's calendar as windows: a year, a quarter, a month, a week, a day, from-to.

A period is written as in ISO 8601 where that has it: `2026`, `2026-Q4`, `2026-11`, `2026-W48`,
`2026-11-24`, and `2026-11-03..2026-11-16` with both days in it. It begins and ends at midnights of
the site.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.analysis.window import Window
from schemas.local_time import midnight

_DAY = timedelta(days=1)
_YEAR = re.compile(r"(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_FROM_TO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?", re.ASCII)


def period(text: str, zone: ZoneInfo) -> Window | None:
    """Return the window of a period; None for a text that is none."""
    try:
        first, after = _days(text)
        return Window(midnight(first, zone), midnight(after, zone)) if first < after else None
    except (ValueError, OverflowError):
        return None


def recent(now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Yield the periods people ask for: this and the last month, quarter and year."""
    today = now.astimezone(zone).date()
    months = [today.replace(day=1), (today.replace(day=1) - _DAY).replace(day=1)]
    quarters = [_quarter_begin(today), _quarter_begin(_quarter_begin(today) - _DAY)]
    yield from (f"{month:%Y-%m}" for month in months)
    yield from (f"{begin:%Y}-Q{(begin.month + 2) // 3}" for begin in quarters)
    yield from (f"{today.year - back:04}" for back in (0, 1))


def from_to(first: date, last: date) -> str:
    """Return the period from one day to another, both in it."""
    return f"{first.isoformat()}..{last.isoformat()}"


def _days(text: str) -> tuple[date, date]:
    """Return the first day of a period and the one after it. Raises ValueError."""
    if match := _YEAR.fullmatch(text):
        year = int(match[1])
        return date(year, 1, 1), date(year + 1, 1, 1)
    if match := _QUARTER.fullmatch(text):
        begin = date(int(match[1]), 3 * int(match[2]) - 2, 1)
        return begin, _months_later(begin, 3)
    if match := _MONTH.fullmatch(text):
        begin = date(int(match[1]), int(match[2]), 1)
        return begin, _months_later(begin, 1)
    if match := _WEEK.fullmatch(text):
        begin = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return begin, begin + 7 * _DAY
    if match := _FROM_TO.fullmatch(text):
        begin = date.fromisoformat(match[1])
        return begin, date.fromisoformat(match[2] or match[1]) + _DAY
    raise ValueError(text)


def _months_later(begin: date, months: int) -> date:
    month = begin.year * 12 + begin.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def _quarter_begin(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
