"""Who is called, at which level, and when nobody is: pure, with time as an argument."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from dashboard.notification.plan_file import Rule

LEVELS = 3  # duty, second, everybody of the fallback


@dataclass(frozen=True)
class Week:
    """Who is on duty in a week by its Monday; None is a hole."""

    monday: date
    duty: str | None
    second: str | None


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Called:
    """Logins to call; `is_hole` if the roster names nobody who can be reached."""

    logins: tuple[str, ...]
    is_hole: bool = False


def called(
    week: Week | None, level: int, fallback: tuple[str, ...], reachable: Container[str]
) -> Called:
    """Return who is called at a level in a week; the fallback where the roster has a hole."""
    if level >= LEVELS - 1:
        return Called(fallback)
    login = None if week is None else (week.duty, week.second)[level]
    if login is None or login not in reachable:
        return Called(fallback, is_hole=True)
    return Called((login,))


def holes(weeks: Mapping[date, Week], first: date, count: int) -> list[date]:
    """Return the Mondays of coming weeks in which nobody is on duty, or nobody second."""
    mondays = [monday_of(first) + timedelta(weeks=n) for n in range(count)]
    return [
        one for one in mondays if one not in weeks or None in (weeks[one].duty, weeks[one].second)
    ]


@cache
def _holidays(country: str, year: int, language: str) -> Mapping[date, str]:
    known = holidays.country_holidays(country)
    spoken = (each for each in known.supported_languages if each.partition("_")[0] == language)
    chosen = next(spoken, known.default_language)
    return dict(holidays.country_holidays(country, years=year, language=chosen))


def holiday_name(country: str | None, day: date, language: str = "") -> str | None:
    """Return what a public holiday is called, in a language or that of the country.

    None for another day.

    A plant that names no country has none.
    """
    return None if country is None else _holidays(country, day.year, language).get(day)


def is_quiet(rule: Rule, country: str | None, at: datetime, zone: ZoneInfo) -> bool:
    """Tell whether messages of a rule wait at a moment."""
    local = at.astimezone(zone)
    day_off = local.weekday() >= 5 or holiday_name(country, local.date()) is not None
    if rule.working_days_only and day_off:
        return True
    begin, end = rule.quiet_from, rule.quiet_until
    if begin is None or end is None or begin == end:
        return False
    clock = local.time().replace(tzinfo=None)
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def due_level(told: int | None, told_at: datetime | None, rule: Rule, now: datetime) -> int | None:
    """Return the level that is called now, after `told` was at `told_at`; None: nobody yet."""
    if told is None or told_at is None:
        return 0
    if told >= LEVELS - 1 or now < told_at + timedelta(minutes=rule.escalate_after_min):
        return None
    return told + 1


def by_monday(rows: Iterable[Sequence[object]]) -> dict[date, Week]:
    """Return rows of (Monday, duty, second) by their Monday."""
    found = (Week(*row) for row in rows)  # type: ignore[arg-type]
    return {week.monday: week for week in found}


def is_test_due(at: time | None, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the daily test message should have been sent today."""
    return at is not None and now.astimezone(zone).time().replace(tzinfo=None) >= at
