"""The checks on series: against QARTOD's reference, and on what plants saw."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.decoding.columns import Rows, rows_of
from ingest.decoding.point import Point
from ingest.decoding.points import Points
from ingest.quality.around import bands, mark_runs, neighbour_checks, usable_rows
from ingest.quality.range_checks import checked
from ingest.quality.rejudge import Around, rejudge
from ingest.quality.series import judged
from schemas.catalogue.checks import CheckedPoint, check_defaults, rule_of
from schemas.check_rule import CheckRule
from schemas.quality import OF_RUNS, Check, Qc
from schemas.reading import Reading

RECORDED = Path(__file__).parents[1] / "fixtures" / "qartod" / "ioos_qc.json"
MINUTE_S = 60


@cache
def _recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def _points(rule: CheckRule, **bounds: float) -> Points:
    return Points([Point(1, "site", "line", "point", "UTC", rule=rule, **bounds)])


def _rows(t_s: list[int], values: list[float]) -> Rows:
    readings = [
        Reading(1, t * 1_000_000, value, 0, 2, 0, t * 1_000_000)
        for t, value in zip(t_s, values, strict=True)
    ]
    return rows_of(readings, [0] * len(readings))


def _judged(rule: CheckRule, t_s: list[int], values: list[float], **bounds: float) -> list[Check]:
    points = _points(rule, **bounds)
    rows = checked(_rows(t_s, values), points)
    all_of_it = np.ones(1, bool)
    ids = np.array([1], np.int32)
    found = rejudge(Around(ids, rows.take(slice(0)), rows, all_of_it, all_of_it), points)
    return [Check(int(mask)) for mask in found.checks]


def _places(checks: list[Check], check: Check) -> list[int]:
    return [place for place, mask in enumerate(checks) if mask & check]


def _run_ends(series: dict[str, Any], rule: CheckRule, number: int) -> list[int]:
    """Return the readings up to which a run is long enough: what the reference marks."""
    points = _points(rule)
    rows = _rows(series["t_s"], series["value"])
    band = bands(points.rules)[number]
    new = np.ones(len(rows), bool)
    marked = mark_runs(rows, usable_rows(rows, points), band, {}, new)
    return np.flatnonzero(rows.ts_us - marked.start_us >= band.after_us[0]).tolist()


FLAT = CheckRule(flat_after_s=1800, flat_within=0.0005, gap_after_s=301)


def test_the_ranges_are_those_of_the_reference() -> None:
    series = _recorded()
    gross = series["gross"]
    (range_lo, range_hi), (typical_lo, typical_hi) = gross["fail_span"], gross["suspect_span"]
    bounds = {"typical_lo": typical_lo, "typical_hi": typical_hi}
    points = _points(CheckRule(), range_lo=range_lo, range_hi=range_hi, **bounds)
    found = checked(_rows(series["t_s"], series["value"]), points)
    assert np.flatnonzero(found.qc == Qc.FAIL).tolist() == gross["fail"] != []
    assert np.flatnonzero(found.qc == Qc.SUSPECT).tolist() == gross["suspect"] != []


def test_spikes_and_rates_are_those_of_the_reference() -> None:
    series = _recorded()
    rule = CheckRule(spike=1.5, rate_per_min=1.0, gap_after_s=301)
    points = _points(rule)
    rows = _rows(series["t_s"], series["value"])
    masks = neighbour_checks(rows, usable_rows(rows, points), points)
    checks = [Check(int(mask)) for mask in masks]
    assert _places(checks, Check.SPIKE) == series["spike"] != []
    assert _places(checks, Check.RATE_OF_CHANGE) == series["rate"] != []


def test_flat_lines_end_where_those_of_the_reference_do() -> None:
    assert _run_ends(_recorded(), FLAT, 0) == _recorded()["flat"] != []


def test_attenuated_signals_end_where_those_of_the_reference_do() -> None:
    # A window of 1800 s that is open on the left holds readings of 1740 s.
    rule = CheckRule(attenuated_after_s=1740, attenuated_within=0.05 - 1e-9, gap_after_s=301)
    assert _run_ends(_recorded(), rule, 1) == _recorded()["attenuated"] != []


def test_a_reading_beside_a_step_is_no_spike() -> None:
    series = _recorded()
    assert {299, 300} <= set(series["spike_average"])  # the averaging test of the reference
    checks = _judged(replace(FLAT, spike=1.0), series["t_s"], series["value"])
    assert not {299, 300} & set(_places(checks, Check.SPIKE))


@pytest.mark.parametrize(
    ("values", "spikes"),
    [
        ([7, 2015, 2015, 2015, 1908, 7, 7], []),  # the way back from beyond the range
        ([7, 7, 1908, 2015, 7, 7], []),  # the way there
        ([7, 2015, 7, 1908, 7, 7], [3]),  # it was back already
        ([7, -40, 1908, 7, 7], [2]),  # a value below the range says nothing of one that is high
        ([410, 413, 648, 184, 628, 630], [3]),  # beside a spike, and on the way up by itself
        ([100, 100, 150, 40, 100, 100], [2, 3]),  # two spikes, one up and one down
        ([100, 150, 100, 150, 100, 150, 100], [1, 2, 3, 4, 5]),
        ([100, 100, 190, 10, 190, 100, 100], [3]),
    ],
)
def test_a_spike_is_none_on_the_way_back_from_beyond_the_range_or_from_another_spike(
    values: list[float], spikes: list[int]
) -> None:
    rule = CheckRule(spike=45, gap_after_s=301)
    checks = _judged(rule, [n * 60 for n in range(len(values))], values, range_lo=0, range_hi=2000)
    assert _places(checks, Check.SPIKE) == spikes


def test_a_flat_line_is_marked_from_its_first_reading_also_at_the_very_start() -> None:
    series = _recorded()["start"]
    assert series["flat"] == list(range(30, 40))  # the reference knows it when it is long enough
    checks = _judged(FLAT, series["t_s"], series["value"])
    assert _places(checks, Check.FLAT_LINE) == list(range(40))


def test_a_flat_line_is_as_long_as_it_lasts_and_not_as_many_readings_as_it_has() -> None:
    series = _recorded()["missing"]  # 60 readings each minute, then each five minutes, flat
    assert series["flat"] == list(
        range(90, 120)
    )  # half an hour by the median interval is 2.5 h here
    checks = _judged(FLAT, series["t_s"], series["value"])
    assert _places(checks, Check.FLAT_LINE) == list(range(60, 120))
    assert _run_ends(series, FLAT, 0)[0] == 66


def test_a_flat_line_of_repeated_stamps_is_one_of_its_own_readings() -> None:
    # With each stamp twice the reference ends with an error: its median interval is none.
    minutes = [n // 2 for n in range(240)]
    values = [20 + (n % 3 if n < 40 else 0.0) for n in minutes]
    points = _points(FLAT)
    rows = checked(_rows([n * 60 for n in minutes], values), points)
    all_of_it = np.ones(1, bool)
    found = rejudge(
        Around(np.array([1], np.int32), rows.take(slice(0)), rows, all_of_it, all_of_it), points
    )
    assert found.rows.ts_us.tolist() == [n * 60_000_000 for n in range(120)]
    assert np.flatnonzero(found.checks & Check.FLAT_LINE).tolist() == list(range(39, 120))


def _rule(role: str, unit: str, interval_s: float, span: tuple[float, float]) -> CheckRule:
    return rule_of(CheckedPoint("measurement", unit, f"x.{role}", interval_s, span), {})


def test_a_sludge_probe_that_sits_at_its_upper_end_is_marked_all_806_minutes() -> None:
    rule = _rule("mlss", "g/L", 60, (0, 12))
    noise = np.random.default_rng(1).normal(0, 0.05, 1000)
    values = (8 + noise).tolist() + [12.0] * 806
    checks = _judged(rule, [n * 60 for n in range(1806)], values, range_lo=0, range_hi=12)
    assert _places(checks, Check.END_OF_RANGE) == list(range(1000, 1806))
    assert _places(checks, Check.FLAT_LINE) == list(range(1000, 1806))


@pytest.mark.parametrize("interval_s", [10, 60, 300, 900])
def test_a_phosphate_analyser_that_is_flat_for_two_hours_is_marked(interval_s: int) -> None:
    rule = _rule("phosphate", "mg/L", interval_s, (0, 10))
    count = 7200 // interval_s + 1
    noise = np.random.default_rng(1).normal(0, 0.01, 50)
    values = (0.3 + noise).tolist() + [0.31] * count + (0.4 + noise).tolist()
    checks = _judged(rule, [n * interval_s for n in range(len(values))], values)
    assert _places(checks, Check.FLAT_LINE) == list(range(50, 50 + count))


@pytest.mark.parametrize(
    "quantity", [key for key, each in check_defaults().quantity.items() if each.unit != "%"]
)
def test_a_healthy_signal_of_any_quantity_is_left_alone(quantity: str) -> None:
    table = check_defaults().quantity[quantity]
    rule = _rule(table.roles[0], table.unit, 60, (0, 100))
    chance = np.random.default_rng(1)
    day = 30 + 5 * np.sin(np.arange(2880) / 1440 * 2 * np.pi) + chance.normal(0, 0.05, 2880)
    checks = _judged(rule, [n * 60 for n in range(2880)], day.tolist(), range_lo=0, range_hi=100)
    assert set(checks) == {Check(0)}


def test_a_low_value_that_trembles_within_its_band_is_no_flat_line() -> None:
    """Nitrite of 0.003 mg/l was called one ten times in 90 days, of a range to 100 mg/l."""
    rule, times_s = _rule("nitrite", "mg/L", 300, (0, 100)), [n * 300 for n in range(100)]
    noise = np.random.default_rng(1).uniform(0, 0.0008, 100)
    assert set(_judged(rule, times_s, (0.0022 + noise).tolist())) == {Check(0)}
    assert len(_places(_judged(rule, times_s, (0.2 + noise).tolist()), Check.FLAT_LINE)) == 100
    days_s = [n * 300 for n in range(600)]
    assert len(_places(_judged(rule, days_s, [0.0022] * 600), Check.FLAT_LINE)) == 600


@pytest.mark.parametrize("kind", ["state", "counter", "setpoint", "laboratory"])
def test_what_may_stay_or_jump_is_no_flat_line_and_no_spike(kind: str) -> None:
    rule = rule_of(CheckedPoint(kind, "1", None, 60, (0, 1_000_000)), {})
    values = [5.0] * 3000 + [900_000.0] + [5.0] * 10
    checks = _judged(rule, [n * 60 for n in range(3011)], values)
    assert not any(mask & (OF_RUNS | Check.SPIKE | Check.RATE_OF_CHANGE) for mask in checks)


@pytest.mark.parametrize(
    ("role", "unit", "span", "resting", "stuck"),
    [("oxygen", "mg/L", (0, 20), 0.015, 2.015), ("pressure", "bar", (0, 4), 0.018, 1.018)],
)
def test_what_rests_near_zero_is_no_flat_line_and_what_is_stuck_is_one(
    role: str, unit: str, span: tuple[float, float], resting: float, stuck: float
) -> None:
    times_s = [n * 300 for n in range(200)]
    # A probe in a tank without air wanders by a few thousandths, a line without flow stands still.
    noise = (
        np.random.default_rng(1).choice([0.0, 0.003], 200) if role == "oxygen" else np.zeros(200)
    )
    rule = _rule(role, unit, 300, span)
    assert set(_judged(rule, times_s, (resting + noise).tolist())) == {Check(0)}
    found = _judged(rule, times_s, (stuck + noise).tolist())
    assert len(_places(found, Check.ATTENUATED if role == "oxygen" else Check.FLAT_LINE)) == 200


def test_a_stopped_flow_at_zero_is_no_flat_line_and_a_ph_of_zero_is_no_neighbour() -> None:
    stopped = [0.0] * 1000
    flow = _judged(_rule("flow", "m3/h", 60, (0, 100)), [n * 60 for n in range(1000)], stopped)
    assert set(flow) == {Check(0)}
    acid = [7.1, 7.2, 0.0, 7.1, 7.2]
    ph = _judged(_rule("ph", "[pH]", 60, (0, 14)), [n * 60 for n in range(5)], acid)
    assert not any(mask & (Check.SPIKE | Check.RATE_OF_CHANGE) for mask in ph)


@pytest.mark.parametrize(
    ("role", "unit", "span", "values", "marked"),
    [
        # 0.3 of 100 mg/l is a spike
        ("ammonium", "mg/L", (0, 100), [5.2, 5.3, 0.0, 5.2, 5.1], [2]),
        ("turbidity", "{NTU}", (0, 100), [2.2, 2.3, 0.0, 2.2, 2.1], [2]),
        ("redox", "mV", (-500, 500), [-80, -82, 0.0, -81, -80], [2]),
        ("temperature", "Cel", (-20, 50), [2.2, 2.2, 0.0, 2.2, 2.2], [2]),
        ("ammonium", "mg/L", (0, 100), [0.2, 0.3, 0.0, 0.2, 0.1], []),  # nearly none
        ("ammonium", "mg/L", (0, 100), [5.2, 5.3, 0.0, 0.0, 5.1], []),  # it stays
        ("ammonium", "mg/L", (0, 100), [5.2, 5.3, 0.4, 5.2, 5.1], []),  # that can be a sample
        ("redox", "mV", (-500, 500), [80, 40, 0.0, -41, -80], []),  # it passes through
        ("flow", "m3/h", (0, 100), [50.2, 50.3, 0.0, 50.2, 50.1], []),  # a pump that stopped
        ("oxygen", "mg/L", (0, 20), [2.2, 2.3, 0.0, 2.2, 2.1], []),  # no air
    ],
)
def test_a_single_zero_of_what_no_stopped_process_brings_to_zero_is_a_spike(
    role: str, unit: str, span: tuple[float, float], values: list[float], marked: list[int]
) -> None:
    rule, times_s = _rule(role, unit, 60, span), [n * 60 for n in range(len(values))]
    checks = _judged(rule, times_s, values, range_lo=span[0], range_hi=span[1])
    assert _places(checks, Check.SPIKE) == marked


def _day(level: float, swing: float, noise: float) -> np.ndarray:
    """Return a value a minute for two days."""
    minutes = np.arange(2880)
    wander = np.random.default_rng(1).normal(0, noise, 2880)
    return level + swing * np.sin(minutes / 1440 * 2 * np.pi) + wander


@pytest.mark.parametrize(
    ("role", "unit", "span"),
    [
        ("conductivity", "uS/cm", (0, 5000)),
        ("mlss", "g/L", (0, 12)),
        ("ammonium", "mg/L", (0, 50)),
        ("turbidity", "{NTU}", (0, 100)),
        ("redox", "mV", (-500, 500)),
        ("uv_transmittance", "%", (0, 100)),
    ],
)
def test_what_reads_zero_for_a_day_without_stopping_is_doubted(
    role: str, unit: str, span: tuple[float, float]
) -> None:
    rule = _rule(role, unit, 60, span)
    values = np.concatenate((_day(span[1] * 0.6, span[1] * 0.05, 0.01), np.zeros(1500)))
    times_s = [n * 60 for n in range(len(values))]
    checks = _judged(rule, times_s, values.tolist(), range_lo=span[0], range_hi=span[1])
    zero = Check.END_OF_RANGE if rule.never_zero else Check.FLAT_LINE
    assert _places(checks, zero) == list(range(2880, 4380))


@pytest.mark.parametrize(
    ("role", "unit", "span", "hours"),
    [
        ("temperature", "Cel", (0, 50), 73),
        ("ph", "[pH]", (0, 14), 8),
        ("redox", "mV", (-500, 500), 13),
        ("level", "m", (0, 6), 13),
        ("pressure", "bar", (0, 10), 13),
        ("flow", "m3/h", (0, 2000), 4),
        ("air_flow", "m3/h", (0, 5000), 4),
        ("sludge_blanket", "m", (0, 5), 4),
    ],
)
def test_a_frozen_instrument_is_doubted_whose_analogue_input_still_trembles(
    role: str, unit: str, span: tuple[float, float], hours: int
) -> None:
    count, width = hours * 60, span[1] - span[0]
    living = _day(span[1] * 0.5, width * 0.05, width * 0.001)
    frozen = living[-1] + np.random.default_rng(2).uniform(-2e-5, 2e-5, count) * width
    values = np.concatenate((living, frozen)).tolist()
    checks = _judged(_rule(role, unit, 60, span), [n * 60 for n in range(len(values))], values)
    assert _places(checks, Check.FLAT_LINE)[-count:] == list(range(2880, 2880 + count))
    assert set(checks[:2870]) == {Check(0)}


def test_a_frozen_instrument_stays_doubted_where_readings_are_missing() -> None:
    rule = _rule("ammonium", "mg/L", 300, (0, 50))
    # Five hours, and each hour the fourth part is lost.
    times_s = [n * 300 for n in range(60) if n % 12 < 9]
    checks = _judged(rule, times_s, [21.3] * len(times_s))
    assert _places(checks, Check.FLAT_LINE) == list(range(len(times_s)))


@pytest.mark.parametrize(
    ("role", "unit", "span"),
    [
        ("ammonium", "mg/L", (0, 50)),
        ("flow", "m3/h", (0, 2000)),
        ("suspended_solids", "mg/L", (0, 1000)),
        ("mlss", "g/L", (0, 12)),
        ("redox", "mV", (-500, 500)),
    ],
)
def test_a_signal_that_hardly_moves_for_a_day_is_called_attenuated(
    role: str, unit: str, span: tuple[float, float]
) -> None:
    rule = _rule(role, unit, 60, span)
    living = _day(span[1] * 0.5, span[1] * 0.1, span[1] * 0.005)
    muffled = span[1] * 0.5 + (living[:1440] - span[1] * 0.5) * 0.002
    values = np.concatenate((living, muffled)).tolist()
    checks = _judged(rule, [n * 60 for n in range(len(values))], values)
    assert set(range(2880, 4320)) <= set(_places(checks, Check.ATTENUATED))
    assert set(checks[:2870]) == {Check(0)}


@pytest.mark.parametrize(
    ("role", "unit", "span", "values"),
    [
        ("ammonium", "mg/L", (0, 50), [0.1] * 180 + [0.2] * 120 + [0.1] * 200),
        ("turbidity", "{NTU}", (0, 100), [0.0] * 400 + [0.1] * 300 + [0.0] * 400),
        ("flow", "m3/h", (0, 500), [3.0] * 240 + [4.0] * 300),
        ("suspended_solids", "mg/L", (0, 1000), [float(np.float32(2.0))] * 900),
        ("sludge_blanket", "m", (0, 5), [float(np.float32(0.3))] * 1400),
        ("rainfall", "mm", (0, 200), [3.4] * 1400),
        ("rain_intensity", "mm/h", (0, 100), [1.2] * 900),
        ("snow_depth", "cm", (0, 300), [43.0] * 4000),
        ("temperature", "Cel", (0, 50), [6.5] * 4000),
        ("frequency", "Hz", (0, 60), [42.5] * 4000),
        ("redox", "mV", (-1000, 1000), [444.0] * 400),
        ("irradiance", "W/m2", (0, 1500), [0.0] * 1200 + [120.5] * 200 + [0.0] * 1200),
    ],
)
def test_a_healthy_signal_of_few_digits_is_left_alone(
    role: str, unit: str, span: tuple[float, float], values: list[float]
) -> None:
    rule = _rule(role, unit, 60, span)
    bounds = {"range_lo": span[0], "range_hi": span[1]}
    checks = _judged(rule, [n * 60 for n in range(len(values))], values, **bounds)
    assert set(checks) == {Check(0)}


@pytest.mark.parametrize(
    ("role", "unit", "value", "hours"),
    [
        ("ammonium", "mg/L", 0.1, 49),
        ("flow", "m3/h", 7.0, 49),
        ("fill", "%", 4.0, 73),
        ("irradiance", "W/m2", 0.0, 49),
    ],
)
def test_what_is_dead_at_a_value_of_one_digit_is_doubted_all_the_same(
    role: str, unit: str, value: float, hours: int
) -> None:
    rule = _rule(role, unit, 600, (0, 500))
    checks = _judged(rule, [n * 600 for n in range(6 * hours)], [value] * (6 * hours))
    assert _places(checks, Check.FLAT_LINE) == list(range(6 * hours))


@pytest.mark.parametrize(
    ("role", "unit", "span", "value"),
    [
        ("phosphate", "mg/L", (0, 5), 0.08),
        ("ammonium", "mg/L", (0, 50), 2.0),
        ("mlss", "g/L", (0, 12), 8.0),
        ("flow", "m3/h", (0, 500), 300.0),
    ],
)
def test_a_frozen_value_that_happens_to_have_one_digit_is_doubted_within_hours(
    role: str, unit: str, span: tuple[float, float], value: float
) -> None:
    rule = _rule(role, unit, 300, span)
    checks = _judged(rule, [n * 300 for n in range(13 * 12)], [value] * 13 * 12)
    assert _places(checks, Check.FLAT_LINE) == list(range(13 * 12))


def test_what_is_dead_for_days_stays_doubted_over_an_outage_of_hours() -> None:
    rule = _rule("fill", "%", 600, (0, 100))
    times_s = [n * 600 for n in range(600) if not 200 <= n < 260]
    checks = _judged(rule, times_s, [4.0] * len(times_s))
    assert _places(checks, Check.FLAT_LINE) == list(range(len(times_s)))


def test_who_says_how_long_a_flat_line_is_means_all_values() -> None:
    described = CheckedPoint("measurement", "mg/L", "x.ammonium", 60, (0, 50))
    rule = rule_of(described, {"flat_after_s": 3600.0})
    assert _places(_judged(rule, [n * 60 for n in range(70)], [0.2] * 70), Check.FLAT_LINE) != []
    assert rule_of(described, {}).coarse_after_s == 172_800


def test_a_low_value_that_varies_little_is_not_attenuated() -> None:
    rule = _rule("ammonium", "mg/L", 300, (0, 50))
    low = 0.2 + np.random.default_rng(1).choice([-0.01, 0.0, 0.01], 500)
    assert set(_judged(rule, [n * 300 for n in range(500)], low.tolist())) == {Check(0)}


def test_the_low_end_of_a_range_that_does_not_begin_at_zero_is_an_end() -> None:
    for span, ends in (((0.0, 6.0), "high"), ((0.5, 6.0), "both")):
        rule = _rule("level", "m", 60, span)
        assert rule.ends == ends
    checks = _judged(rule, [0, 60], [0.5, 0.52], range_lo=0.5, range_hi=6)
    assert checks == [Check.END_OF_RANGE, Check(0)]


def test_a_point_overrides_its_quantity_and_turns_checks_off() -> None:
    described = CheckedPoint("measurement", "mg/L", "x.phosphate", 300, (0, 10))
    rule = rule_of(described, {"flat_after_s": 600.0, "spike": False})
    assert (rule.flat_after_s, rule.spike) == (600.0, None)
    assert rule_of(described, {}).spike == pytest.approx(3.0)


@pytest.mark.parametrize("check", [Check.BELOW_LIMIT, Check.ABOVE_LIMIT])
def test_what_a_laboratory_says_of_its_result_stays_when_that_is_judged_anew(check: Check) -> None:
    rows = replace(_rows([0, 60], [0.05, 0.05]), checks=np.array([check, 0], np.int32))
    anew = judged(rows, _points(CheckRule()))
    assert anew.checks.tolist() == [check, 0]
    assert anew.qc.tolist() == [Qc.SUSPECT, Qc.GOOD]
