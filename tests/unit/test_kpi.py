"""The formulas of the key figures, checked against sums a reader can do in the head."""

import re
from pathlib import Path

import numpy as np
import pytest

from dashboard.domain import kpi
from dashboard.domain.counter import Count, counted, increments
from dashboard.domain.coverage import coverage, covered_s
from dashboard.domain.intervals import ON_CHANGE, Intervals
from dashboard.domain.kpi_inputs import KpiInputs, PointBuckets
from dashboard.domain.series import BucketSeries
from dashboard.domain.window import Resolution, Source
from dashboard.kpi_catalogue import CATALOGUE, COUNTERS

NAN = float("nan")
STEP_S = 600.0
DOCS = Path(__file__).parents[2] / "docs" / "kpis.md"


def _array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_specific_energy_is_energy_for_each_cubic_metre() -> None:
    assert kpi.specific_energy_kwh_m3(7_200.0, 12_000.0) == pytest.approx(0.6)


def test_a_plant_that_treats_no_water_has_no_specific_energy() -> None:
    assert kpi.specific_energy_kwh_m3(100.0, 0.0) is None


def test_a_load_is_flow_weighted_and_not_a_product_of_means() -> None:
    flow, concentration = _array(100.0, 300.0), _array(10.0, 20.0)
    assert kpi.load_kg(flow, concentration, step_h=1.0) == pytest.approx(7.0)


def test_a_load_leaves_out_what_is_not_known() -> None:
    assert kpi.load_kg(_array(100.0, NAN), _array(10.0, 20.0), step_h=1.0) == pytest.approx(1.0)
    assert kpi.load_kg(_array(NAN), _array(20.0), step_h=1.0) is None


def test_removal_counts_the_bypass_into_the_result() -> None:
    assert kpi.removal_percent(100.0, 5.0) == pytest.approx(95.0)
    assert kpi.removal_percent(100.0, 5.0, 10.0) == pytest.approx(85.0)


def test_a_reduction_compares_the_same_moments_only() -> None:
    before, after = _array(20.0, 10.0, NAN), _array(10.0, NAN, 1.0)
    assert kpi.reduction_percent(before, after) == pytest.approx(50.0)
    assert kpi.reduction_percent(_array(NAN), _array(1.0)) is None


def test_membrane_formulas() -> None:
    assert kpi.recovery_percent(300.0, 400.0) == pytest.approx(75.0)
    assert kpi.rejection_percent(20.0, 1_000.0) == pytest.approx(98.0)
    assert kpi.specific_air_demand(10_000.0, 800.0) == pytest.approx(12.5)


def test_sludge_is_counted_dry() -> None:
    assert kpi.dry_solids_t_d(70.0, 20.0, 7.0) == pytest.approx(2.0)


def test_sub_meters_that_count_more_than_the_main_meter_show_below_zero() -> None:
    assert kpi.unmetered_percent(90.0, 100.0) == pytest.approx(10.0)
    assert kpi.unmetered_percent(110.0, 100.0) == pytest.approx(-10.0)


def test_a_daily_rate_is_the_mean_of_what_is_known() -> None:
    assert kpi.daily_rate(_array(1.0, NAN, 3.0)) == pytest.approx(48.0)
    assert kpi.volume_m3(_array(6.0, NAN, 6.0), step_h=0.5) == pytest.approx(6.0)


def _rising(*pairs: tuple[float, float]) -> list[Count]:
    return [Count(first, last, min(first, last), max(first, last)) for first, last in pairs]


def test_a_counter_counts_also_between_its_buckets() -> None:
    assert counted(_rising((100, 110), (112, 120)), None).total == 20


def test_a_counter_that_rolls_over_counts_on() -> None:
    found = counted(_rising((980, 990), (5, 20)), end=1_000)
    assert (found.total, found.resets) == (40, 1)


def test_a_counter_that_rolls_over_within_a_bucket_counts_on() -> None:
    assert counted([Count(first=980, last=20, low=2, high=998)], end=1_000).total == 40


def test_a_new_meter_invents_no_amount() -> None:
    found = counted(_rising((500, 510), (3, 8)), end=1_000_000)
    assert (found.total, found.resets) == (15, 1)


def test_a_cleared_total_within_a_bucket_keeps_what_is_known() -> None:
    assert counted([Count(first=500, last=8, low=0, high=510)], end=1_000_000).total == 18


def test_increments_add_up_to_the_total() -> None:
    buckets = _rising((980, 990), (5, 20), (21, 40))
    assert increments(buckets, 1_000) == [10, 30, 20]
    assert sum(increments(buckets, 1_000)) == counted(buckets, 1_000).total


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


def _inputs(steps: int, **points: list[float]) -> KpiInputs:
    return KpiInputs(
        points={
            name.replace("__", "/").replace("_", "-"): PointBuckets(
                Intervals.always(60.0), 1e9, _buckets(values)
            )
            for name, values in points.items()
        },
        start_ms=0.0,
        step_s=STEP_S,
        steps=steps,
    )


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
    return next(one.formula for one in CATALOGUE if one.key == key)(inputs)


def test_specific_energy_of_the_plant_comes_from_its_counters() -> None:
    inputs = _inputs(3, main__en_jq_901=[0, 300, 600], main__jv_fq_205=[0, 500, 1_000])
    assert _answer("specific_energy", inputs) == pytest.approx(0.6)


def test_a_gap_in_the_reading_of_a_counter_loses_nothing() -> None:
    inputs = _inputs(3, main__en_jq_901=[0, NAN, 600], main__jv_fq_205=[0, NAN, 1_000])
    assert _answer("specific_energy", inputs) == pytest.approx(0.6)
    assert inputs.coverage("main/en-jq-901", counter=True) == 1.0
    assert inputs.coverage("main/en-jq-901", counter=False) == pytest.approx(2 / 3)


def test_ammonium_removal_of_the_plant_counts_the_bypass() -> None:
    inputs = _inputs(
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
    value = _answer(
        "specific_energy", _inputs(2, main__en_jq_901=[NAN, NAN], main__jv_fq_205=[0, 5])
    )
    assert value is not None
    assert np.isnan(value)


def test_contact_time_of_carbon_comes_from_the_bed_volumes_that_passed() -> None:
    # Four bed volumes in each hour, told once an hour: 15 minutes each.
    hourly = [100.0, *[NAN] * 5, 104.0, *[NAN] * 5, 108.0]
    inputs = _inputs(13, gac__p01_qy_08=hourly)
    assert _answer("gac_contact_time", inputs) == pytest.approx(15.0)
    assert _answer("gac_bed_volumes", inputs) == 108.0


def test_a_filter_that_stands_still_has_no_contact_time() -> None:
    assert _answer("gac_contact_time", _inputs(2, gac__p01_qy_08=[100, 100])) is None
    assert _answer("gac_contact_time", _inputs(2, gac__p01_qy_08=[NAN, 100])) is None


def test_struvite_yield_weighs_the_phosphorus_that_was_harvested() -> None:
    inputs = _inputs(
        6,
        trial__p03_wq_06=[0, 0, 0, 0, 0, 1],
        trial__p03_ft_01=[1_000] * 6,
        trial__p03_qt_04=[252] * 6,
    )
    assert _answer("struvite_yield", inputs) == pytest.approx(100 * 0.126 / 0.252)


def test_the_ozone_dose_is_weighted_by_the_flow() -> None:
    inputs = _inputs(
        3,
        trial__p04_ft_01=[1, 3, NAN],
        trial__p04_qt_02=[10, 2, 99],
        trial__p04_ji_06=[0.1, 0.1, 5],
    )
    assert _answer("ozone_dose", inputs) == pytest.approx(16 / 4)
    assert _answer("ozone_specific_energy", inputs) == pytest.approx(0.2 / 4)
    assert _answer("ozone_energy_a_kg", inputs) == pytest.approx(0.2 / 0.016)


def test_electrolysis_counts_energy_and_charge_for_each_cubic_metre() -> None:
    inputs = _inputs(
        2,
        trial__e01_ei_08=[12, 12],
        trial__e01_ii_09=[4, 0],
        trial__e01_ft_01=[200, 0],
        trial__e01_qt_05=[400, 420],
        trial__e01_qt_06=[700, 700],
    )
    assert _answer("electrolysis_specific_energy", inputs) == pytest.approx(0.048 / 0.2)
    assert _answer("electrolysis_charge", inputs) == pytest.approx(4 / 0.2)
    assert _answer("electrolysis_redox_rise", inputs) == pytest.approx(290.0)


def test_each_key_figure_is_described_as_it_is_computed() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| (\d+) d \| ([^|]+) \|", DOCS.read_text(), re.MULTILINE
    )
    described = [
        (key, unit.strip(), int(days), tuple(re.findall(r"`([^`]+)`", inputs)))
        for key, unit, days, inputs in rows
    ]
    assert described == [(one.key, one.unit, one.days, one.inputs) for one in CATALOGUE]


def test_counters_are_inputs_of_some_key_figure_or_chart() -> None:
    asked = {name for one in CATALOGUE for name in one.inputs}
    assert asked >= COUNTERS
