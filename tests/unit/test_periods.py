"""Months, quarters and years of a site's calendar, and amounts over them, over DST nights too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.kpi.values import step_of
from dashboard.analysis.periods import from_to, period, recent
from dashboard.analysis.window import Window
from dashboard.pages.key_figure.periods import PeriodUnfit, chosen_window
from dashboard.store.kpi_cache import whole_steps
from dashboard.web.display import DisplaySettings
from tests.fixtures.formulas import Made, MadeSite

HELSINKI = ZoneInfo("Europe/Helsinki")
ZONES = ("Europe/Helsinki", "America/Denver", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Beirut")


def _window(text: str, zone: ZoneInfo = HELSINKI) -> Window:
    found = period(text, zone)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2026-11", 30 * 24),
        ("2026-03", 31 * 24 - 1),
        ("2026-10", 31 * 24 + 1),
        ("2026-Q1", 90 * 24 - 1),
        ("2026-Q4", 92 * 24 + 1),
        ("2026", 365 * 24),
        ("2028", 366 * 24),
        ("2026-W13", 7 * 24 - 1),
        ("2026-10-25", 25),
        ("2026-10-24..2026-10-26", 73),
        ("2026-12", 31 * 24),
    ],
)
def test_a_period_is_as_long_as_the_clock_of_the_site_says(text: str, hours: int) -> None:
    assert _window(text).width_s == hours * 3_600


def test_a_month_begins_at_midnight_of_the_site() -> None:
    assert _window("2026-07").start == datetime(2026, 6, 30, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-13", "2026-00", "2026-Q5", "2026-W54", "2026-02-30", "9999", "0000", "26", "x"),
        *("2026-11-03..2026-11-02", "2026-11-03..", "2026-11-1", "2026-11\n", "٢٠٢٦"),
    ],
)
def test_what_is_no_period_has_no_window(text: str) -> None:
    assert period(text, HELSINKI) is None


def test_this_and_the_last_month_quarter_and_year_are_offered() -> None:
    new_year = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)  # it is 2027 in Helsinki
    assert list(recent(new_year, HELSINKI)) == [
        *("2027-01", "2026-12", "2027-Q1", "2026-Q4", "2027", "2026")
    ]


@pytest.mark.parametrize("zone", [*ZONES, "Pacific/Chatham", "Asia/Kathmandu"])
def test_a_key_figure_of_a_day_is_read_from_midnight_to_midnight(zone: str) -> None:
    for text in ("2026-11-24", "2026-09-27", "2026-04-05"):
        day = _window(text, ZoneInfo(zone))
        assert whole_steps(day, step_max_s=step_of(day)) == day


@pytest.mark.parametrize(
    ("choice", "key"),
    [
        (("2027-01", "", ""), "figure.to_come"),
        (("", "tomorrow", "2026-11-24"), "form.unfit.day"),
        (("", "24.11.2026", "23.11.2026"), "form.unfit.order_of_days"),
        (("", "1.12.2026", "2.12.2026"), "figure.to_come"),
    ],
)
def test_a_time_that_cannot_be_shown_is_told(choice: tuple[str, str, str], key: str) -> None:
    display = DisplaySettings("fi", HELSINKI, "light", 0.0)
    with pytest.raises(PeriodUnfit) as caught:
        chosen_window(choice, (), datetime(2026, 11, 24, 12, tzinfo=UTC), display)
    assert caught.value.key == key


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("2026", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        ("2026-Q1", ["2026-01", "2026-02", "2026-03"]),
        ("2026-Q4", ["2026-10", "2026-11", "2026-12"]),
        ("2026-10", ["2026-10-01..2026-10-24", "2026-10-25", "2026-10-26..2026-10-31"]),
    ],
)
def test_parts_of_a_period_follow_each_other_without_gap(
    zone: str, whole: str, parts: list[str]
) -> None:
    found = [_window(part, ZoneInfo(zone)) for part in parts]
    around = _window(whole, ZoneInfo(zone))
    assert [found[0].start, *(each.end for each in found)] == [
        *(each.start for each in found),
        found[-1].end,
    ]
    assert (found[0].start, found[-1].end) == (around.start, around.end)


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("integral($a)", "m3"),
        ("load($a, $b)", "kg"),
        ("delta($c)", "m3"),
        ('duration($a > 50 "m3/h" and not $b < 20 "mg/L")', "h"),
        ('duration($a > 90 "m3/h" or $b > 30 "mg/L")', "h"),
    ],
)
@settings(max_examples=2, deadline=None)
@given(zone=st.sampled_from(ZONES), month=st.sampled_from([3, 4, 10, 11]), seed=st.integers(0, 999))
def test_amounts_of_the_days_of_a_month_add_up_to_that_of_the_month(
    formula: str, unit: str, zone: str, month: int, seed: int
) -> None:
    place = ZoneInfo(zone)
    whole = _window(f"2026-{month:02}", place)
    step_s = 1_800.0
    steps = round(whole.width_s / step_s)
    chance = np.random.default_rng(seed)
    flow = chance.uniform(0, 100, steps)
    flow[chance.random(steps) < 0.1] = np.nan
    points = {
        "a": Made(flow.tolist(), "m3/h"),
        "b": Made(chance.uniform(0, 40, steps).tolist(), "mg/L"),
        "c": Made(np.cumsum(chance.uniform(0, 9, steps + 1)).tolist(), "m3", is_counter=True),
    }
    for name in points:
        formula = formula.replace(f"${name}", f'point("{name}")')
    named = {name: made for name, made in points.items() if f'"{name}"' in formula}
    site = MadeSite(named, steps, step_s, whole.start, place)
    figure = site.figure(formula, unit)
    first = whole.start.astimezone(place).date()
    days, day = [], first
    while day.month == first.month:
        days.append(_window(from_to(day, day), place))
        day += timedelta(days=1)
    values = [site.value(figure, window).value or 0.0 for window in days]
    total = site.value(figure, whole).value
    assert len(values) >= 30
    assert sum(values) == pytest.approx(total or 0.0, rel=1e-9)
