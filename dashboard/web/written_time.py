"""Days and moments as people write them into a field: local time, 24-hour clock.

Read are `24.11.2026 7.05`, `24/11/2026 07:05` and `2026-11-24 07:05`, in every language and with or
without the day of the week. A time that the clocks show twice needs a word more: `3.30 UTC+2`, or
`3.30 winter time` in any of the languages.
"""

import re
from datetime import UTC, date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from dashboard.charts.local_time_axis import repeated_offset

_DAY = (
    r"(?:(?P<day>[0-9]{1,2})[./](?P<month>[0-9]{1,2})[./](?P<year>[0-9]{4})"
    r"|(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2}))"
)
_WEEKDAY = r"(?:[^\W\d]{1,12}\.?,?\s+)?"
_CLOCK = r"(?P<hour>[0-9]{1,2})[.:](?P<minute>[0-9]{2})(?:[.:](?P<second>[0-9]{2}))?"
_WHICH = r"(?:\s+\(?(?P<which>[^()]+?)\)?)?"
_ONLY_DAY = re.compile(_WEEKDAY + _DAY)
_MOMENT = re.compile(rf"{_WEEKDAY}{_DAY}(?:T|,?\s+(?:(?:klo|kl\.?|at)\s+)?){_CLOCK}{_WHICH}")
_OFFSET = re.compile(
    r"(?:UTC|GMT)\s*(?P<sign>[+−-])(?P<hours>[0-9]{1,2})(?::(?P<minutes>[0-9]{2}))?"
)
_SUMMER, _WINTER = ("kes", "som", "sum"), ("tal", "vin", "nor", "win", "sta")


class Unfit(Enum):
    """Why a text is no moment."""

    NOT_READ = "not read"
    NEVER = "never"  # the clocks went over it
    TWICE = "twice"  # the clocks showed it twice, and the text does not say which is meant


class WrittenUnfit(ValueError):  # noqa: N818 - names the state
    """A text is no moment; `reason` says why."""

    def __init__(self, reason: Unfit) -> None:
        super().__init__(reason.value)
        self.reason = reason


def read_day(text: str) -> date:
    """Return the day that a text says. Raises WrittenUnfit."""
    return _day(_ONLY_DAY.fullmatch(text.strip()))


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC that a text says in the time of `zone`. Raises WrittenUnfit."""
    match = _MOMENT.fullmatch(text.strip())
    day = _day(match)
    assert match is not None  # else there would be no day
    try:
        local = datetime(
            day.year,
            day.month,
            day.day,
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"] or 0),
            tzinfo=zone,
        )
        both = [local.replace(fold=fold) for fold in (0, 1)]
        shown = [one for one in both if _round_trip(one) == one.replace(tzinfo=None)]
    except (ValueError, OverflowError):
        raise WrittenUnfit(Unfit.NOT_READ) from None
    if not shown:
        raise WrittenUnfit(Unfit.NEVER)
    meant = {one.astimezone(UTC) for one in shown if _is_meant(one, match["which"])}
    if not meant:
        raise WrittenUnfit(Unfit.NOT_READ)
    if len(meant) > 1:
        raise WrittenUnfit(Unfit.TWICE)
    return meant.pop()


def day_text(day: date, locale: str) -> str:
    """Return a day as the reader of `locale` writes it, and `read_day` reads it."""
    return format_skeleton("yMd", day, locale=locale)


def moment_text(moment: datetime, zone: ZoneInfo, locale: str) -> str:
    """Return a moment to the minute as its reader writes it, and `read_moment` reads it."""
    local = moment.astimezone(zone)
    parts = [day_text(local.date(), locale), format_skeleton("Hm", local, locale=locale)]
    return " ".join(filter(None, (*parts, repeated_offset(local))))


def _day(match: re.Match[str] | None) -> date:
    try:
        if match is None:
            raise WrittenUnfit(Unfit.NOT_READ)
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        raise WrittenUnfit(Unfit.NOT_READ) from None


def _round_trip(local: datetime) -> datetime:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None)


def _is_meant(local: datetime, which: str | None) -> bool:
    """Tell whether a moment fits the offset or the word written behind it; without any it does."""
    if which is None:
        return True
    if offset := _OFFSET.fullmatch(which.strip().upper()):
        seconds = int(offset["hours"]) * 3_600 + int(offset["minutes"] or 0) * 60
        signed = seconds if offset["sign"] == "+" else -seconds
        return (local.utcoffset() or UTC.utcoffset(None)).total_seconds() == signed
    word = which.strip().lower()[:3]
    return word in (_SUMMER if local.dst() else _WINTER)
