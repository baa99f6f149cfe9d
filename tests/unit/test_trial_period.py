"""Trials in time: days at the site, also in the two nights that are not 24 hours long."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.analysis.trial_period import State, days_until, last_day, seen, state

HELSINKI = ZoneInfo("Europe/Helsinki")
START = datetime(2026, 10, 20, tzinfo=HELSINKI).astimezone(UTC)
END = datetime(2026, 10, 26, tzinfo=HELSINKI).astimezone(UTC)  # the 25th has 25 hours


def test_a_trial_begins_with_its_first_moment_and_is_over_at_its_end() -> None:
    second = timedelta(seconds=1)
    assert state(START, END, START - second) is State.COMING
    assert state(START, END, START) is State.RUNNING
    assert state(START, END, END - second) is State.RUNNING
    assert state(START, END, END) is State.ENDED


def test_midnight_is_the_end_of_the_day_before() -> None:
    assert last_day(END, HELSINKI) == date(2026, 10, 25)
    assert last_day(END + timedelta(hours=10), HELSINKI) == date(2026, 10, 26)


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2026, 10, 20, 0, 1, tzinfo=HELSINKI), 5),
        (datetime(2026, 10, 24, 23, 59, tzinfo=HELSINKI), 1),
        (datetime(2026, 10, 25, 23, 59, tzinfo=HELSINKI), 0),
    ],
)
def test_days_are_counted_by_the_calendar_and_not_by_24_hours(now: datetime, days: int) -> None:
    assert days_until(last_day(END, HELSINKI), now, HELSINKI) == days


def test_nothing_of_the_trial_before_is_seen() -> None:
    now = START + timedelta(hours=5)
    found = seen(START, END, now, 86_400.0)
    assert found is not None
    assert (found.start, found.end) == (START, now)


def test_a_trial_that_is_over_is_seen_to_its_end() -> None:
    found = seen(START, END, END + timedelta(days=30), 86_400.0)
    assert found is not None
    assert (found.start, found.end) == (END - timedelta(days=1), END)
    whole = seen(START, END, END + timedelta(days=30), None)
    assert whole is not None
    assert (whole.start, whole.end) == (START, END)


def test_a_trial_that_has_not_begun_shows_nothing() -> None:
    assert seen(START, END, START, 86_400.0) is None
    assert seen(START, START, END, None) is None
