"""The figures by which an alarm system is judged, on plants whose answer is known."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.analysis.alarms.load import SLOT, load
from dashboard.analysis.alarms.nuisance import chattering, fleeting, most_stale, stale
from dashboard.analysis.alarms.occurrence import Occurrence, raised_in
from dashboard.analysis.alarms.performance import Figure, Performance, performance
from dashboard.analysis.window import Window

START = datetime(2026, 11, 25, 6, tzinfo=UTC)
DAY = Window(START, START + timedelta(days=1))


def _one(at_s: float, lasts_s: float | None = 600.0, alarm: int = 1, **more: object) -> Occurrence:
    raised = START + timedelta(seconds=at_s)
    cleared = None if lasts_s is None else raised + timedelta(seconds=lasts_s)
    given = {"priority": "low", "raised_at": raised, "cleared_at": cleared} | more
    return Occurrence(UUID(int=alarm), **given)  # type: ignore[arg-type]


def _value(found: Performance, figure: Figure) -> float | None:
    return next(one.value for one in found.measures if one.figure is figure)


def test_one_alarm_in_ten_minutes_is_a_rate_of_one_and_just_acceptable() -> None:
    found = performance([_one(600 * n, 60, n) for n in range(144)], DAY, DAY.end, 1)
    rate = next(one for one in found.measures if one.figure is Figure.RATE)
    assert (rate.value, rate.is_met) == (1.0, True)


def test_two_operators_have_half_of_the_alarms_each() -> None:
    found = performance([_one(n, 60, n) for n in range(20)], DAY, DAY.end, 2)
    assert _value(found, Figure.PEAK) == 10
    assert not found.load.floods()


def test_a_flood_begins_above_ten_and_lasts_until_there_are_fewer_than_five() -> None:
    counts = [10, 11, 5, 7, 4, 0, 12]
    raised = [
        _one(600 * slot + n, 60, n) for slot, count in enumerate(counts) for n in range(count)
    ]
    window = Window(START, START + 7 * SLOT)
    found = load(raised, window, 1).floods()
    assert [(one.start, one.end, one.alarms, one.peak) for one in found] == [
        (START + SLOT, START + 4 * SLOT, 23, 11),
        (START + 6 * SLOT, START + 7 * SLOT, 12, 12),
    ]
    assert load(raised, window, 1).flooded_share() == pytest.approx(4 / 7)


def test_a_flood_of_ten_thousand_in_a_minute_is_one_flood() -> None:
    raised = [_one(n * 0.006, 5, n % 500) for n in range(10_000)]
    found = performance(raised, DAY, DAY.end, 1)
    assert [one.alarms for one in found.load.floods()] == [10_000]
    assert _value(found, Figure.PEAK) == 10_000


@given(st.lists(st.floats(0, 86_399), max_size=60), st.integers(1, 3))
def test_every_alarm_is_in_one_slot_and_a_mean_is_no_more_than_the_peak(
    at_s: list[float], operators: int
) -> None:
    raised = raised_in([_one(one) for one in at_s], DAY)
    found = load(raised, DAY, operators)
    assert found.counts.sum() == len(at_s)
    assert found.counts.size == len(found.starts()) == 144
    assert found.per_operator <= found.peak + 1e-9
    assert all(one.peak > 10 * operators for one in found.floods())


def test_three_in_a_minute_chatter_and_three_in_two_minutes_do_not() -> None:
    assert [one.times for one in chattering([_one(0, 5), _one(30, 5), _one(60, 5)])] == [3]
    assert not chattering([_one(0, 5), _one(60, 5), _one(120, 5)])
    assert not chattering([_one(0, 5, 1), _one(1, 5, 2), _one(2, 5, 3)])


def test_the_proposed_delay_off_would_have_joined_what_chattered() -> None:
    rng = random.Random(11)
    at_s, raised = 0.0, []
    for _ in range(60):
        lasts_s, pause_s = rng.uniform(1, 4), rng.uniform(3, 14)
        raised.append(_one(at_s, lasts_s))
        at_s += lasts_s + pause_s
    (found,) = chattering(raised)
    assert found.delay_s is not None
    joined = [
        (after.raised_at - before.cleared_at).total_seconds() < found.delay_s  # type: ignore[operator]
        for before, after in pairwise(raised)
    ]
    assert sum(joined) >= 0.9 * len(joined)
    assert found.delay_s <= 20


def test_the_proposed_deadband_is_more_than_what_the_value_swings_below_its_limit() -> None:
    swings = [0.12, 0.2, 0.31, 0.08, 0.4, 0.22, 0.18, 0.3, 0.25, 0.1]
    raised = [_one(15 * n, 5, limit=6.0, cleared_value=6.0 - by) for n, by in enumerate(swings)]
    (found,) = chattering(raised)
    assert found.deadband is not None
    assert sum(by < found.deadband for by in swings) >= 9
    assert found.deadband <= 0.5


def test_an_alarm_of_a_few_seconds_is_fleeting_unless_it_chatters() -> None:
    short = [_one(3_600 * n, 8) for n in range(4)]
    (found,) = fleeting(short)
    assert (found.times, found.delay_s) == (4, 10.0)
    assert not fleeting([_one(10 * n, 5) for n in range(4)])
    assert not fleeting([_one(0, None), _one(100, 61)])


def test_a_stale_alarm_is_one_that_is_active_for_more_than_a_day() -> None:
    long = [_one(-86_400 * 2, None, 1), _one(-86_400 * 3, 86_400 * 3.5, 2), _one(0, None, 3)]
    assert [one.alarm_id.int for one in stale(long, START + timedelta(hours=1))] == [2, 1]
    assert [one.alarm_id.int for one in stale(long, DAY.end)] == [1]
    assert most_stale(long, DAY, DAY.end) == 2


def test_what_nobody_acknowledged_is_late_once_its_time_is_over_and_not_before() -> None:
    raised = [
        _one(0, respond_within_s=600, acknowledged_at=START + timedelta(seconds=60)),
        _one(0, respond_within_s=600, acknowledged_at=START + timedelta(seconds=700)),
        _one(0, respond_within_s=600),
        _one(86_000, respond_within_s=600),
        _one(0),
    ]
    found = performance(raised, DAY, DAY.end, 1)
    assert _value(found, Figure.IN_TIME) == pytest.approx(1 / 3)
    assert found.acknowledged_s == 380


def test_what_was_over_before_anybody_could_see_it_made_the_figures_of_people_bad() -> None:
    """History that is found late asks for nobody, and what is told late has its time from then."""
    told = START + timedelta(hours=2)
    late = {"respond_within_s": 600, "recorded_at": told}
    raised = [
        _one(0, **late),
        _one(0, **late, acknowledged_at=told + timedelta(days=1)),
        _one(0, None, **late, acknowledged_at=told + timedelta(seconds=300)),
    ]
    found = performance(raised, DAY, DAY.end, 1)
    assert (_value(found, Figure.IN_TIME), found.acknowledged_s) == (1, 300)
    assert found.raised == 3


def test_a_quiet_window_has_figures_and_no_division_by_nothing() -> None:
    found = performance([], DAY, START + timedelta(minutes=5), 1)
    assert _value(found, Figure.RATE) == 0
    assert _value(found, Figure.TOP_TEN) is None
    assert [one.figure for one in found.measures] == list(Figure)
    assert not any(one.is_met is False for one in found.measures)


def test_a_load_without_an_operator_is_no_load() -> None:
    with pytest.raises(ValueError, match="operator"):
        performance([], DAY, DAY.end, 0)
