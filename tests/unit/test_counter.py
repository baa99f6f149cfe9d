"""What a totaliser counted, held against amounts that the test itself poured through the meter."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.counter import track
from dashboard.analysis.meter import HOUR_MS, Incident, Meter, Readings, turn_of
from dashboard.analysis.track import Track, common

BASE = 4_000_000.0
A_DAY = 12_000.0
RATE = A_DAY / 24.0
METER = Meter.always(1e9, 6_667.0)
DAY_MS = 24 * HOUR_MS


def _flow(every_s: float, days: float, base: float = BASE) -> tuple[np.ndarray, np.ndarray]:
    """Return stamps and readings of a meter through which A_DAY flows evenly."""
    x_ms = np.arange(0.0, days * DAY_MS + 1, every_s * 1_000.0)
    return x_ms, base + x_ms / DAY_MS * A_DAY


def _track(x_ms: np.ndarray, value: np.ndarray, meter: Meter = METER) -> Track:
    return track(Readings.of(x_ms, value), meter)


def _total(found: Track, start_ms: float, end_ms: float) -> float:
    counted = found.counted(start_ms, end_ms)
    assert counted is not None
    return counted.total


def _kinds(found: Track) -> list[Incident]:
    return [event.kind for event in found.events]


def test_an_hourly_meter_counts_a_whole_day() -> None:
    x_ms, value = _flow(3_600, 3)
    found = _track(x_ms - 0.4 * HOUR_MS, value)
    counted = found.counted(DAY_MS, 2 * DAY_MS)
    assert counted is not None
    assert counted.total == pytest.approx(A_DAY)
    assert counted.known_s == pytest.approx(86_400)


@pytest.mark.parametrize("every_s", [1, 10, 60, 600, 3_600, 86_400])
@pytest.mark.parametrize("odd", [0.0, 17.0, BASE / 2, BASE * 10 + 7, 9.99e8])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_reading_that_is_taken_back_is_no_volume(every_s: float, odd: float, count: int) -> None:
    days = max(1.0, 12 * every_s / 86_400)
    x_ms, value = _flow(every_s, days)
    middle = x_ms.size // 2
    value[middle : middle + count] = odd
    found = _track(x_ms, value, Meter.always(1e9, 6_667.0, max(DAY_MS, 5_000.0 * every_s)))
    assert _total(found, 0.0, days * DAY_MS) == pytest.approx(days * A_DAY)
    assert _kinds(found) == [Incident.GLITCH]
    assert found.events[0].readings == count
    assert found.events[0].odd == odd
    inside = float(x_ms[middle])
    parts = _total(found, 0.0, inside), _total(found, inside, days * DAY_MS)
    assert parts == pytest.approx((inside / DAY_MS * A_DAY, (days - inside / DAY_MS) * A_DAY))


@pytest.mark.parametrize("every_s", [1, 60, 600])
def test_a_meter_that_counts_from_zero_for_an_hour_and_then_knows_its_total_again(
    every_s: float,
) -> None:
    x_ms, value = _flow(every_s, 1)
    off = (x_ms >= 6 * HOUR_MS) & (x_ms < 7 * HOUR_MS)
    value[off] -= value[off][0]
    found = _track(x_ms, value)
    assert _total(found, 0.0, DAY_MS) == pytest.approx(A_DAY)
    assert _kinds(found) == [Incident.GLITCH]


def test_a_rise_that_no_meter_can_make_is_not_counted() -> None:
    x_ms, value = _flow(60, 1)
    value[700:] += 1_000_000.0
    found = _track(x_ms, value)
    assert _total(found, 0.0, DAY_MS) == pytest.approx(A_DAY - RATE / 60)
    assert _kinds(found) == [Incident.JUMP]
    counted = found.counted(0.0, DAY_MS)
    assert counted is not None
    assert counted.known_s == pytest.approx(86_400 - 60)


def test_a_total_that_was_frozen_and_caught_up_is_counted() -> None:
    x_ms, value = _flow(60, 1)
    value[100:1_200] = value[100]
    found = _track(x_ms, value)
    assert _total(found, 0.0, DAY_MS) == pytest.approx(A_DAY)
    assert not found.events


@pytest.mark.parametrize("every_s", [1, 60, 3_600, 86_400])
def test_a_meter_that_begins_at_zero_again_counts_on(every_s: float) -> None:
    days = max(2.0, 20 * every_s / 86_400)
    x_ms, value = _flow(every_s, days)
    middle = x_ms.size // 2
    value[middle:] -= value[middle]
    found = _track(x_ms, value)
    assert _total(found, 0.0, days * DAY_MS) == pytest.approx(days * A_DAY - RATE * every_s / 3_600)
    assert _kinds(found) == [Incident.RESET]


def test_a_counter_of_the_day_is_cleared_each_midnight() -> None:
    x_ms, _ = _flow(600, 3)
    value = x_ms % DAY_MS / DAY_MS * 30.0
    found = _track(x_ms, value, Meter.always(10_000.0, None))
    assert _total(found, 0.0, 3 * DAY_MS) == pytest.approx(90.0 - 3 * 30.0 / 144)
    assert _kinds(found) == [Incident.RESET] * 3


def test_a_counter_that_rolls_over_counts_on() -> None:
    x_ms, value = _flow(60, 1, base=1e6 - 5_000)
    found = _track(x_ms, value % 1e6, Meter.always(1e6, 667.0))
    assert _total(found, 0.0, DAY_MS) == pytest.approx(A_DAY)
    assert _kinds(found) == [Incident.ROLL_OVER]


@pytest.mark.parametrize(
    ("range_hi", "turn"),
    [
        *((65_535, 65_536), (999_999, 1_000_000), (4_294_967_295, 2.0**32), (9_999.9, 10_000)),
        *((65_536, 65_536), (1e9, 1e9), (50_000, 50_000), (2_500.5, 2_500.5), (1, 1), (0, 0)),
    ],
)
def test_a_register_that_is_full_is_one_step_before_zero(range_hi: float, turn: float) -> None:
    assert turn_of(range_hi) == pytest.approx(turn, rel=1e-12)


@pytest.mark.parametrize("share", [0.02, 0.15, 0.3, 0.35, 0.45, 0.55, 0.65, 0.8, 0.95, 1.2, 1.7])
@pytest.mark.parametrize("swing", [0.0, 0.3])
def test_a_register_that_is_read_rarely_counts_nothing_false(share: float, swing: float) -> None:
    """What is called known is what flowed in that time, however much of a turn a step is."""
    every_h, turn = 7.0, 10_000.0
    x_ms = np.arange(80) * every_h * HOUR_MS
    steps = share * turn * (1 - swing * np.abs(np.sin(np.arange(79))))
    poured = 1_234.0 + np.concatenate([[0.0], np.cumsum(steps)])
    busy = share * turn / every_h
    meter = Meter.always(turn, 20 * busy, 5 * every_h * HOUR_MS, busy)
    found = _track(x_ms, poured % turn, meter)
    known = found.stretches(x_ms[0], x_ms[-1])
    true = sum(float(np.diff(np.interp(part, x_ms, poured))[0]) for part in known)
    assert _total(found, x_ms[0], x_ms[-1]) == pytest.approx(true)
    known_share = sum(end - begin for begin, end in known) / x_ms[-1]
    assert known_share == 1.0 if share < 0.5 else known_share < 0.6
    assert set(_kinds(found)) <= {Incident.ROLL_OVER, Incident.TURNS}


def test_a_zero_of_a_register_that_is_read_rarely_is_no_volume() -> None:
    x_ms = np.arange(80) * 7.0 * HOUR_MS
    poured = 1_234.0 + np.arange(80) * 3_000.0
    for place in range(20, 31):
        value = poured % 10_000.0
        value[place] = 0.0
        found = _track(x_ms, value, Meter.always(10_000.0, 8_571.0, 35 * HOUR_MS, 3_000.0 / 7))
        counted = found.counted(x_ms[0], x_ms[-1])
        assert counted is not None
        share = counted.known_s * 1e3 / x_ms[-1]
        assert counted.total == pytest.approx(share * 79 * 3_000.0, abs=3_000.0)


@pytest.mark.parametrize("place", range(-3, 4))
@pytest.mark.parametrize("odd", [0.0, 65_535.0, 1e9])
def test_a_false_reading_beside_a_roll_over_costs_no_turn_of_the_register(
    place: int, odd: float
) -> None:
    x_ms = np.arange(0.0, 5 * DAY_MS + 1, 60_000.0)
    value = (24_000.0 + x_ms / HOUR_MS * 3_000.0) % 65_536
    rolls = np.flatnonzero(np.diff(value) < 0) + 1
    value[rolls[2] + place] = odd
    found = _track(x_ms, value, Meter.always(65_536.0, 60_000.0))
    unknown = sum(event.unknown_s for event in found.events) / 3_600.0
    assert unknown < 0.06
    total = _total(found, 0.0, 5 * DAY_MS)
    assert total == pytest.approx(3_000.0 * (5 * 24 - unknown), abs=2 * 3_000.0 / 60)


def test_a_zero_near_the_end_of_the_range_is_no_roll_over() -> None:
    x_ms, value = _flow(60, 1, base=950_000)
    value[700] = 0.0
    found = _track(x_ms, value, Meter.always(1e6, 667.0))
    assert _total(found, 0.0, DAY_MS) == pytest.approx(A_DAY)


def test_an_exchanged_meter_is_no_consumption() -> None:
    for begin in (12.0, 5_000_000.0):
        x_ms, value = _flow(600, 1)
        value[72:] += begin - value[72]
        exchanged = (float(x_ms[72]) - 60_000.0,)
        found = _track(x_ms, value, Meter((-np.inf,), (1e9,), (6_667.0,), exchanged, DAY_MS))
        counted = found.counted(0.0, DAY_MS)
        assert counted is not None
        assert counted.total == pytest.approx(A_DAY - RATE / 6)
        assert counted.known_s == pytest.approx(86_400 - 600)
        assert _kinds(found) == [Incident.EXCHANGE]


def test_a_meter_that_runs_backwards_a_little_is_netted() -> None:
    found = _track(np.arange(8) * 60_000.0, 100.0 + np.array([0, 2, 4, 3, 2, 1, 0, 5]))
    assert _total(found, 0.0, 7 * 60_000.0) == pytest.approx(5.0)


def test_the_parts_of_a_ratio_are_of_the_same_time() -> None:
    energy = _track(*_flow(60, 1))
    x_ms, value = _flow(3_600, 1)
    water = _track(x_ms[:-2], value[:-2])
    assert common([energy, water], 0.0, DAY_MS) == [(0.0, 22 * HOUR_MS)]


def test_a_day_within_a_long_silence_has_its_share_and_no_coverage() -> None:
    found = _track(np.array([0.0, 10 * DAY_MS]), np.array([0.0, 10.0]), Meter.always(None, None))
    assert _total(found, DAY_MS, 2 * DAY_MS) == pytest.approx(1.0)
    assert found.covered_s(DAY_MS, 2 * DAY_MS, 3 * HOUR_MS) == 0.0
    assert found.covered_s(0.0, 10 * DAY_MS, 3 * HOUR_MS) == pytest.approx(10 * 86_400)


_STEPS = st.lists(
    st.tuples(st.integers(1, 7_200), st.floats(-50_000.0, 50_000.0)), min_size=2, max_size=60
)


@settings(max_examples=300, deadline=None)
@given(_STEPS, st.lists(st.floats(-0.2, 1.2), min_size=1, max_size=6))
def test_the_parts_of_a_window_add_up(steps: list[tuple[int, float]], cuts: list[float]) -> None:
    x_ms = np.cumsum([step * 1_000.0 for step, _ in steps])
    value = np.cumsum([rise for _, rise in steps])
    found = _track(x_ms, value, Meter.always(1e5, 1_000.0))
    edges = sorted({0.0, float(x_ms[-1]) + 1.0, *(cut * float(x_ms[-1]) for cut in cuts)})
    whole = found.counted(edges[0], edges[-1])
    parts = [found.counted(start, end) for start, end in pairwise(edges)]
    assert whole is not None
    assert sum(part.total for part in parts if part) == pytest.approx(whole.total, abs=1e-6)
    assert sum(part.known_s for part in parts if part) == pytest.approx(whole.known_s, abs=1e-6)
