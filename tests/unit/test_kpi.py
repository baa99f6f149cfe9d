"""The formulas of the key figures, checked against sums a reader can do in the head."""

import re
from pathlib import Path

import numpy as np
import pytest

from dashboard.analysis.counter import track
from dashboard.analysis.coverage import coverage, covered_s
from dashboard.analysis.intervals import ON_CHANGE, Intervals
from dashboard.analysis.kpi import formulas
from dashboard.analysis.kpi.definition import Need
from dashboard.analysis.kpi.inputs import KpiInputs, PointInput
from dashboard.analysis.kpi.plant import BY_KEY, CATALOGUE
from dashboard.analysis.meter import Meter, Readings
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.window import Resolution, Source
from schemas.units import Conversion

NAN = float("nan")
STEP_S = 600.0
STEP_MS = 600_000.0
SAME = Conversion(1.0, 0.0)
DOCS = Path(__file__).parents[2] / "docs" / "kpis.md"


def _array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_specific_energy_is_energy_for_each_cubic_metre() -> None:
    assert formulas.specific_energy_kwh_m3(7_200.0, 12_000.0) == pytest.approx(0.6)


def test_a_plant_that_treats_no_water_has_no_specific_energy() -> None:
    assert formulas.specific_energy_kwh_m3(100.0, 0.0) is None


def test_a_load_is_flow_weighted_and_not_a_product_of_means() -> None:
    flow, concentration = _array(100.0, 300.0), _array(10.0, 20.0)
    assert formulas.load_kg(flow, concentration, step_h=1.0) == pytest.approx(7.0)


def test_a_load_leaves_out_what_is_not_known() -> None:
    assert formulas.load_kg(_array(100.0, NAN), _array(10.0, 20.0), step_h=1.0) == pytest.approx(
        1.0
    )
    assert formulas.load_kg(_array(NAN), _array(20.0), step_h=1.0) is None


def test_removal_counts_the_bypass_into_the_result() -> None:
    assert formulas.removal_percent(100.0, 5.0) == pytest.approx(95.0)
    assert formulas.removal_percent(100.0, 5.0, 10.0) == pytest.approx(85.0)


def test_a_reduction_compares_the_same_moments_only() -> None:
    before, after = _array(20.0, 10.0, NAN), _array(10.0, NAN, 1.0)
    assert formulas.reduction_percent(before, after) == pytest.approx(50.0)
    assert formulas.reduction_percent(_array(NAN), _array(1.0)) is None


def test_membrane_formulas() -> None:
    assert formulas.recovery_percent(300.0, 400.0) == pytest.approx(75.0)
    assert formulas.rejection_percent(20.0, 1_000.0) == pytest.approx(98.0)
    assert formulas.specific_air_demand(10_000.0, 800.0) == pytest.approx(12.5)


def test_sludge_is_counted_dry() -> None:
    assert formulas.dry_solids_t_d(70.0, 20.0, 7.0) == pytest.approx(2.0)


def test_sub_meters_that_count_more_than_the_main_meter_show_below_zero() -> None:
    assert formulas.unmetered_percent(90.0, 100.0) == pytest.approx(10.0)
    assert formulas.unmetered_percent(110.0, 100.0) == pytest.approx(-10.0)


def test_a_daily_rate_is_the_mean_of_what_is_known() -> None:
    assert formulas.daily_rate(_array(1.0, NAN, 3.0)) == pytest.approx(48.0)
    assert formulas.volume_m3(_array(6.0, NAN, 6.0), step_h=0.5) == pytest.approx(6.0)


def _coverage(n_good: list[int], intervals: Intervals) -> float | None:
    """Return the coverage of steps from the moment 0 on."""
    x_ms = np.arange(len(n_good)) * STEP_S * 1_000.0
    covered = covered_s(x_ms, np.array(n_good), intervals, STEP_S)
    return coverage(covered, intervals, 0.0, len(n_good) * STEP_S * 1_000.0)


def test_a_burst_does_not_hide_a_gap() -> None:
    every_10_s = Intervals.always(10.0)
    assert _coverage([60, 60], every_10_s) == 1.0
    assert _coverage([120, 0], every_10_s) == 0.5


def test_a_slow_instrument_covers_more_than_its_bucket() -> None:
    assert _coverage([1, 0, 1, 0], Intervals.always(1_200.0)) == 1.0


def test_history_that_is_thinner_than_todays_interval_is_not_shown_as_3_percent() -> None:
    n_good = [2, 2, 60, 30]
    assert _coverage(n_good, Intervals.always(10.0)) < 0.5
    thin_then_dense = Intervals((0.0, 1_200_000.0), (300.0, 10.0))
    assert _coverage(n_good, thin_then_dense) == pytest.approx(3.5 / 4)


def test_the_silence_of_a_point_that_is_sent_on_change_says_nothing() -> None:
    assert _coverage([0, 1], ON_CHANGE) is None


def _inputs(key: str, steps: int, **points: list[float]) -> KpiInputs:
    """Return the inputs of a key figure from a value for each step, already in its units."""
    return KpiInputs(
        points={need.point: _input(need, points) for need in BY_KEY[key].needs},
        start_ms=0.0,
        step_s=STEP_S,
        steps=steps,
    )


def _input(need: Need, points: dict[str, list[float]]) -> PointInput:
    values = points[need.point.replace("/", "__").replace("-", "_")]
    if not need.is_counter:
        return PointInput(Intervals.always(60.0), _buckets(values), SAME)
    kept = [(place, value) for place, value in enumerate(values) if not np.isnan(value)]
    readings = Readings.of([place * STEP_MS for place, _ in kept], [value for _, value in kept])
    return PointInput(Intervals.always(STEP_S), track(readings, Meter.always(1e9, None)), SAME)


def _buckets(values: list[float]) -> BucketSeries:
    kept = [(place, value) for place, value in enumerate(values) if not np.isnan(value)]
    column = np.array([value for _, value in kept], dtype=np.float64)
    ten = np.full(column.shape, 10, dtype=np.int64)
    return BucketSeries(
        resolution=Resolution(Source.FIVE_MINUTES, STEP_S),
        x_ms=np.array([place * STEP_S * 1_000.0 for place, _ in kept]),
        n=ten,
        n_used=ten,
        n_good=ten,
        mean=column,
        mean_good=column,
        low=column,
        high=column,
        first=column,
        last=column,
    )


def _answer(key: str, inputs: KpiInputs) -> float | None:
    return BY_KEY[key].formula(inputs)


def test_specific_energy_of_the_plant_comes_from_its_counters() -> None:
    inputs = _inputs(
        "specific_energy", 2, main__en_jq_901=[0, 300, 600], main__jv_fq_205=[0, 500, 1_000]
    )
    assert _answer("specific_energy", inputs) == pytest.approx(0.6)


def test_a_gap_in_the_reading_of_a_counter_loses_nothing() -> None:
    inputs = _inputs(
        "specific_energy", 2, main__en_jq_901=[0, NAN, 600], main__jv_fq_205=[0, NAN, 1_000]
    )
    assert _answer("specific_energy", inputs) == pytest.approx(0.6)
    assert inputs.coverage("main/en-jq-901") == 1.0


def test_meters_that_are_known_for_unequal_times_are_compared_over_the_same_time() -> None:
    inputs = _inputs(
        "specific_energy", 3, main__en_jq_901=[0, 300, 600, 5_000], main__jv_fq_205=[0, 500, 1_000]
    )
    assert _answer("specific_energy", inputs) == pytest.approx(0.6)
    assert inputs.coverage("main/jv-fq-205") == pytest.approx(2 / 3)


def test_a_volume_a_day_waits_for_the_next_reading_and_invents_nothing() -> None:
    begun = _inputs("influent_volume", 144, main__jv_fq_205=[NAN] * 100 + [0, 42, 84, 126])
    assert _answer("influent_volume", begun) == pytest.approx(126)
    assert begun.coverage("main/jv-fq-205") == pytest.approx(3 / 144)
    until_now = _inputs("influent_volume", 144, main__jv_fq_205=[10.0 * n for n in range(143)])
    assert _answer("influent_volume", until_now) == pytest.approx(1_440)


def test_ammonium_removal_of_the_plant_counts_the_bypass() -> None:
    inputs = _inputs(
        "ammonium_removal",
        2,
        main__jv_ft_205=[500, 500],
        main__jv_qt_210=[40, 40],
        main__lv_ft_601=[450, 450],
        main__lv_qt_605=[1, 1],
        main__lv_ft_609=[50, 50],
    )
    lost = 450 * 1 + 50 * 40
    assert _answer("ammonium_removal", inputs) == pytest.approx(100 * (1 - lost / (500 * 40)))


def test_a_silent_counter_gives_no_number() -> None:
    inputs = _inputs("specific_energy", 2, main__en_jq_901=[NAN, NAN], main__jv_fq_205=[0, 5])
    assert _answer("specific_energy", inputs) is None


def test_contact_time_of_carbon_comes_from_the_bed_volumes_that_passed() -> None:
    # Four bed volumes in each hour, told once an hour: 15 minutes each.
    hourly = [100.0, *[NAN] * 5, 104.0, *[NAN] * 5, 108.0]
    inputs = _inputs("gac_contact_time", 13, gac__p01_qy_08=hourly)
    assert _answer("gac_contact_time", inputs) == pytest.approx(15.0)
    inputs = _inputs("gac_bed_volumes", 13, gac__p01_qy_08=hourly)
    assert _answer("gac_bed_volumes", inputs) == 108.0


def test_a_filter_that_stands_still_has_no_contact_time() -> None:
    for values in ([100.0, 100.0], [NAN, 100.0]):
        inputs = _inputs("gac_contact_time", 2, gac__p01_qy_08=values)
        assert _answer("gac_contact_time", inputs) is None


def test_struvite_yield_weighs_the_phosphorus_that_was_harvested() -> None:
    inputs = _inputs(
        "struvite_yield",
        6,
        trial__p03_wq_06=[0, 0, 0, 0, 0, 0, 1],
        trial__p03_ft_01=[1] * 6,
        trial__p03_qt_04=[252] * 6,
    )
    assert _answer("struvite_yield", inputs) == pytest.approx(100 * 0.126 / 0.252)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ozone_dose", 16 / 4),
        ("ozone_specific_energy", 0.2 / 4),
        ("ozone_energy_a_kg", 0.2 / 0.016),
    ],
)
def test_ozone_is_weighted_by_the_flow(key: str, value: float) -> None:
    inputs = _inputs(
        key,
        3,
        trial__p04_ft_01=[1, 3, NAN],
        trial__p04_qt_02=[10, 2, 99],
        trial__p04_ji_06=[0.1, 0.1, 5],
    )
    assert _answer(key, inputs) == pytest.approx(value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("electrolysis_specific_energy", 0.048 / 0.2),
        ("electrolysis_charge", 4 / 0.2),
        ("electrolysis_redox_rise", 290.0),
    ],
)
def test_electrolysis_is_counted_for_each_cubic_metre(key: str, value: float) -> None:
    inputs = _inputs(
        key,
        2,
        trial__e01_ei_08=[12, 12],
        trial__e01_ii_09=[4, 0],
        trial__e01_ft_01=[0.2, 0],
        trial__e01_qt_05=[400, 420],
        trial__e01_qt_06=[700, 700],
    )
    assert _answer(key, inputs) == pytest.approx(value)


def test_each_key_figure_is_described_as_it_is_computed() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| (\d+) d \| ([^|]+) \|", DOCS.read_text(), re.MULTILINE
    )
    described = [
        (key, unit.strip(), int(days), tuple(re.findall(r"`([^`]+)`", inputs)))
        for key, unit, days, inputs in rows
    ]
    assert described == [(one.key, one.unit, one.days, one.inputs) for one in CATALOGUE]
