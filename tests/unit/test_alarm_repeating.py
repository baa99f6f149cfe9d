"""What the page of the load advises against alarms that come again and again."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from dashboard.analysis.alarms.occurrence import Occurrence
from dashboard.analysis.alarms.performance import performance
from dashboard.analysis.alarms.repeating import Remedy, remedy
from dashboard.analysis.window import Window
from dashboard.pages.alarm_performance.tables import nuisance_cards
from dashboard.web.display import DisplaySettings

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)
WEEK = Window(NOW - timedelta(days=7), NOW)
NIGHT = Window(NOW - timedelta(hours=12), NOW)


def _raised(minutes: list[tuple[float, float]], respond_min: float = 240) -> list[Occurrence]:
    """Return occurrences by when they began after the window's begin, and how long they lasted."""
    return [
        Occurrence(
            UUID(int=1),
            "low",
            WEEK.start + timedelta(minutes=begin),
            WEEK.start + timedelta(minutes=begin + lasted),
            respond_within_s=60 * respond_min,
        )
        for begin, lasted in minutes
    ]


def test_what_comes_back_within_an_hour_is_one_event_with_a_longer_delay_off() -> None:
    night = _raised([(0, 10), (25, 10), (75, 10), (400, 10)])
    assert remedy(night, NIGHT) == Remedy(delay_off_s=40 * 60 + 5)


def test_what_is_over_soon_gets_a_delay_that_outlasts_nine_of_ten() -> None:
    short = [(1_440.0 * day, 10.0) for day in range(6)] + [(1_440.0 * 6, 20.0)]
    assert remedy(_raised(short), WEEK) == Remedy(delay_on_s=20 * 60 + 5)


def test_no_delay_is_advised_that_eats_the_time_to_respond() -> None:
    short = [(0.0, 10.0), (200.0, 10.0), (400.0, 10.0)]
    assert remedy(_raised(short, respond_min=15), WEEK) is None
    assert remedy(_raised(short, respond_min=60), WEEK) == Remedy(delay_on_s=10 * 60 + 5)


def test_what_comes_on_most_days_for_hours_is_usual_and_its_limit_wrong() -> None:
    nightly = _raised([(1_440.0 * day, 120.0) for day in range(5)])
    assert remedy(nightly, WEEK) == Remedy(days=5, days_of=7)


@pytest.mark.parametrize("times", [0, 1, 2])
def test_what_came_once_or_twice_gets_no_advice(times: int) -> None:
    assert remedy(_raised([(10.0 * n, 1.0) for n in range(times)]), WEEK) is None


def test_one_that_stands_since_its_only_clearing_fails_on_nothing() -> None:
    standing = [*_raised([(0, 10), (600, 300)]), Occurrence(UUID(int=1), "low", NOW)]
    assert remedy(standing, WEEK) is None


def test_the_page_says_beside_a_frequent_alarm_what_to_set_and_has_no_column_for_nothing() -> None:
    display = DisplaySettings("fi", ZoneInfo("Europe/Helsinki"), "light", 0.0)
    context: Any = SimpleNamespace(display=display)
    night = _raised([(0, 10), (25, 10), (75, 10), (400, 10)])
    names = {UUID(int=1): {"fi": "Suodatin likainen"}}
    shown = str(nuisance_cards(performance(night, WEEK, NOW, 1), names, context))
    assert "Nosta poistumisviive arvoon 40 min" in shown
    once = str(nuisance_cards(performance(night[:1], WEEK, NOW, 1), names, context))
    assert "Suodatin likainen" in once
    assert "Mitä tehdä" not in once
