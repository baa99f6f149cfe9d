"""What formulas give, checked against sums a reader can do in the head."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.window import Window
from schemas.units import conversion
from tests.fixtures.formulas import NAN, START, Made, MadeSite, value

HOUR = 6  # steps


def _number(formula: str, unit: str, steps: int, **points: Made) -> float | None:
    return value(formula, unit, steps, **points).value


def _flow(*values: float, unit: str = "m3/h") -> Made:
    return Made(values, unit)


def _counter(*values: float, unit: str = "m3", interval_s: float | None = 600.0) -> Made:
    return Made(values, unit, is_counter=True, interval_s=interval_s)


@pytest.mark.parametrize(
    ("formula", "unit", "expected"),
    [
        ("mean($a)", "m3/h", 3.0),
        ("min($a)", "m3/h", 1.0),
        ("max($a)", "m3/h", 6.0),
        ("last($a)", "m3/h", 6.0),
        ("integral($a)", "m3", 1.5),
        ("mean($a)", "m3/d", 72.0),
        ("mean($a * 2 + $a) / 3", "m3/h", 3.0),
        ("-mean($a)", "m3/h", -3.0),
        ('duration($a > 1.5 "m3/h")', "min", 20.0),
        ('duration($a <= 1 "m3/h")', "min", 10.0),
        ('duration($a != 2 "m3/h")', "min", 20.0),
        ("elapsed()", "min", 40.0),
    ],
)
def test_unknown_steps_are_left_out(formula: str, unit: str, expected: float) -> None:
    assert _number(formula, unit, 4, a=_flow(1, 2, NAN, 6)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "formula",
    ["mean($a)", "min($a)", "last($a)", "integral($a)", "ratio($a, $a)", "delta($c)", "rate($c)"],
)
def test_where_nothing_is_known_there_is_no_number(formula: str) -> None:
    points = {"a": _flow(NAN, NAN)} if "$a" in formula else {"c": _counter(NAN, 5)}
    unit = {"integral($a)": "m3", "ratio($a, $a)": "1", "delta($c)": "m3"}.get(formula, "m3/h")
    assert _number(formula, unit, 2, **points) is None


def test_specific_energy_is_energy_for_each_cubic_metre() -> None:
    found = _number(
        "ratio(delta($e), delta($v))",
        "kW.h/m3",
        2,
        e=_counter(0, 300, 600, unit="kW.h"),
        v=_counter(0, 500, 1_000),
    )
    assert found == pytest.approx(0.6)


@pytest.mark.parametrize("passed", [0.0, -5.0])
def test_a_plant_that_treats_no_water_has_no_specific_energy(passed: float) -> None:
    points = {"e": _counter(0, 300, unit="kW.h"), "v": _counter(100, 100 + passed)}
    assert _number("ratio(delta($e), delta($v))", "kW.h/m3", 1, **points) is None


def test_division_by_what_turns_out_to_be_zero_has_no_number() -> None:
    assert _number('1 / (mean($a) - 2 "m3/h")', "h/m3", 2, a=_flow(1, 3)) is None
    assert _number("mean($a / $b)", "1", 2, a=_flow(4, 6), b=_flow(0, 3)) == pytest.approx(2.0)


def test_a_load_is_flow_weighted_and_not_a_product_of_means() -> None:
    points = {"q": _flow(100, 300, NAN), "c": Made([10, 20, 30], "mg/L")}
    assert _number("load($q, $c) / 2", "kg", 3, **points) == pytest.approx(7.0 / 12)


def test_a_ratio_compares_the_same_moments_only() -> None:
    points = {"a": _flow(20, 10, NAN), "b": _flow(10, NAN, 1)}
    assert _number("ratio($a - $b, $a)", "%", 3, **points) == pytest.approx(50.0)
    assert _number("mean($b - $a)", "m3/h", 3, **points) == pytest.approx(-10.0)


def test_removal_counts_the_bypass_into_the_result() -> None:
    points = {"a": _flow(100, 100)}
    assert _number("removal(100, 5)", "%", 2, **points) == pytest.approx(95.0)
    assert _number("removal(100, 5, 10)", "%", 2, **points) == pytest.approx(85.0)
    assert _number('removal(mean($a) - 100 "m3/h", 5 "m3/h")', "%", 2, **points) is None


def test_a_sum_over_assets_needs_all_of_them_and_a_mean_those_that_are_known() -> None:
    points = {"a": _flow(1, NAN, 3), "b": _flow(10, 20, 30)}
    assert _number("mean(sum($a, $b))", "m3/h", 3, **points) == pytest.approx(22.0)
    assert _number("mean(mean_of($a, $b))", "m3/h", 3, **points) == pytest.approx(42.0 / 3)
    assert _number("sum(mean($a), mean($b), 0)", "m3/h", 3, **points) == pytest.approx(22.0)


def test_a_gap_in_the_reading_of_a_counter_loses_nothing() -> None:
    found = value("delta($c)", "m3", 2, c=_counter(0, NAN, 600))
    assert (found.value, found.coverage) == (pytest.approx(600.0), 1.0)


def test_meters_that_are_known_for_unequal_times_are_compared_over_the_same_time() -> None:
    found = value(
        "ratio(delta($e), delta($v))",
        "kW.h/m3",
        3,
        e=_counter(0, 300, 600, 5_000, unit="kW.h"),
        v=_counter(0, 500, 1_000),
    )
    assert found.value == pytest.approx(0.6)
    assert found.coverage == pytest.approx(2 / 3)


def test_a_volume_a_day_waits_for_the_next_reading_and_invents_nothing() -> None:
    begun = value("delta($c) / elapsed()", "m3/d", 144, c=_counter(*[NAN] * 100, 0, 42, 84, 126))
    assert begun.value == pytest.approx(126)
    assert begun.coverage == pytest.approx(3 / 144)
    until_now = _counter(*[10.0 * n for n in range(143)])
    assert _number("delta($c) / elapsed()", "m3/d", 144, c=until_now) == pytest.approx(1_440)


def test_a_rate_is_over_the_time_that_is_known() -> None:
    # Four bed volumes in each hour, told once an hour: 15 minutes each.
    hourly = _counter(100, *[NAN] * 5, 104, *[NAN] * 5, 108, unit="1")
    assert _number("rate($c)", "/h", 13, c=hourly) == pytest.approx(4.0)
    assert _number("ratio(1, rate($c))", "min", 13, c=hourly) == pytest.approx(15.0)
    assert _number("ratio(1, rate($c))", "min", 2, c=_counter(100, 100, unit="1")) is None
    assert _number("last($c)", "1", 13, c=hourly) == 108.0


def test_a_condition_is_timed_and_counted_where_it_is_known() -> None:
    state = Made([0, 1, 1, NAN, 1, 0, 1, 1])
    assert _number("duration($a > 0.5)", "min", 8, a=state) == pytest.approx(50.0)
    assert _number("count($a > 0.5)", "1", 8, a=state) == 2
    assert _number("count($a > 0.5)", "1", 2, a=Made([NAN, NAN])) is None
    assert _number("integral($a)", "min", 2, a=Made([0.25, 0.5])) == pytest.approx(7.5)


def test_flow_through_a_membrane_is_corrected_for_the_viscosity_of_water() -> None:
    formula = 'mean(at_temperature($a, $t, 20 "Cel"))'
    cold = {"a": _flow(10, 10), "t": Made([10, NAN], "Cel")}
    warm = {"a": _flow(10, 10), "t": Made([68, 68], "[degF]", needed="Cel")}
    # 1.309 and 0.994 mPa.s by the formula.
    assert _number(formula, "m3/h", 2, **cold) == pytest.approx(10 * 1.309 / 0.994)
    assert _number(formula, "m3/h", 2, **warm) == pytest.approx(10.0)


def test_a_sample_stands_for_its_local_day() -> None:
    day = 144
    flow = _flow(*[100.0] * day, *[300.0] * day, *[900.0] * day)
    sample = [NAN] * (3 * day)
    sample[140], sample[day] = 10.0, 20.0  # late on the first day, and at midnight of the second
    points = {"q": flow, "c": Made(sample, "mg/L", interval_s=None)}
    found = value("daily_load($q, $c)", "kg/d", 3 * day, **points)
    assert found.value == pytest.approx((24 + 144) / 2)
    assert found.coverage == 1.0


def test_removal_in_powers_of_ten() -> None:
    points = {"a": _flow(1_000, 1_000), "b": _flow(1, 1)}
    assert _number("log10(mean($a) / mean($b))", "1", 2, **points) == pytest.approx(3.0)
    assert _number("log10(0 * mean($a) / mean($b))", "1", 2, **points) is None


def test_permeate_in_litres_is_no_recovery_of_three_hundred() -> None:
    points = {"p": _flow(300, 300, unit="L/h"), "f": _flow(0.4, 0.4)}
    assert _number("ratio(mean($p), mean($f))", "%", 2, **points) == pytest.approx(75.0)


def test_the_silence_of_a_point_that_is_sent_on_change_says_nothing() -> None:
    assert value("delta($c)", "m3", 2, c=_counter(0, 5, interval_s=None)).coverage is None
    points = {"a": _flow(1, NAN, NAN, 1), "b": _flow(1, 1, 1, 1)}
    found = value("mean($a) + 0 * mean($b)", "m3/h", 4, **points)
    assert found.coverage == 0.5


UNITS = {
    "m3/h": ("L/s", "[gal_us]/min", "m3/d"),
    "mg/L": ("ug/L", "kg/m3"),
    "m3": ("L", "10*6.[gal_us]"),
    "kW.h": ("MW.h", "kJ"),
    "Cel": ("[degF]", "K"),
}
FORMULAS = (
    ("ratio(delta($e), delta($v))", "kW.h/m3"),
    ("load($q, $c)", "kg"),
    ("removal(load($q, $c), load($q, $c) * 0.1)", "%"),
    ("delta($v) / elapsed() + mean($q)", "m3/d"),
    ("daily_load($q, $c)", "kg/d"),
    ('duration($q > 20 "m3/h")', "h"),
    ('mean(at_temperature($q, $t, 20 "Cel"))', "m3/h"),
    ("max($t) - min($t)", "K"),
    ("mean($t)", "Cel"),
)


@pytest.mark.parametrize(("formula", "unit"), FORMULAS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_unit_of_an_input_changes_no_value(
    formula: str, unit: str, data: st.DataObject
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 1_000)))
    steps = 24
    own = {
        "e": (np.cumsum(rng.uniform(1, 50, steps + 1)), "kW.h"),
        "v": (np.cumsum(rng.uniform(1, 50, steps + 1)), "m3"),
        "q": (rng.uniform(1, 50, steps), "m3/h"),
        "c": (rng.uniform(1, 50, steps), "mg/L"),
        "t": (rng.uniform(1, 30, steps), "Cel"),
    }
    used = {name: made for name, made in own.items() if f"${name}" in formula}
    usual = {
        name: Made(list(values), needed, is_counter=name in "ev")
        for name, (values, needed) in used.items()
    }
    other = {}
    for name, (values, needed) in used.items():
        given_in = data.draw(st.sampled_from(UNITS[needed]))
        way = _way(needed, given_in)
        moved = list(values * way[0] + way[1])
        other[name] = Made(moved, given_in, is_counter=name in "ev", needed=needed)
    first, second = value(formula, unit, steps, **usual), value(formula, unit, steps, **other)
    assert first.value is not None
    assert second.value == pytest.approx(first.value, rel=1e-6)
    assert second.coverage == first.coverage


def _way(source: str, target: str) -> tuple[float, float]:
    found = conversion(source, target)
    return found.scale, found.offset


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("delta($v)", "m3"),
        ("integral($q)", "m3"),
        ("load($q, $c)", "kg"),
        ('duration($q > 25 "m3/h")', "h"),
        ("elapsed()", "h"),
        ('integral($q) + delta($v) - duration($c < 10 "mg/L") * 1 "m3/h"', "m3"),
    ],
)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000), cut=st.integers(1, 47))
def test_the_parts_of_a_window_add_up_to_it(formula: str, unit: str, seed: int, cut: int) -> None:
    rng, steps = np.random.default_rng(seed), 48
    points = {
        "v": _counter(*np.cumsum(rng.uniform(1, 50, steps + 1))),
        "q": _flow(*np.where(rng.uniform(size=steps) > 0.2, rng.uniform(1, 50, steps), 40.0)),
        "c": Made(list(rng.uniform(1, 50, steps)), "mg/L"),
    }
    for name in points:
        formula = formula.replace(f"${name}", f'point("{name}")')
    site = MadeSite(points, steps)
    kpi = site.figure(formula, unit)
    middle = START + timedelta(seconds=600.0 * cut)
    end = START + timedelta(seconds=600.0 * steps)
    whole = site.value(kpi).value
    windows = Window(START, middle), Window(middle, end)
    parts = [site.value(kpi, window).value for window in windows]
    assert None not in {whole, *parts}
    assert sum(part or 0.0 for part in parts) == pytest.approx(whole)
