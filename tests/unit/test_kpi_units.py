"""A key figure is the same number whatever units its inputs come in; what does not fit is said."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.counter import track
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.definition import Kpi
from dashboard.analysis.kpi.plant import BY_KEY, CATALOGUE
from dashboard.analysis.meter import Meter, Readings
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.window import Resolution, Source, Window
from dashboard.store.kpi_values import KpiValue, Loaded, Misfit, evaluate
from schemas.units import conversion

START = datetime(2026, 11, 24, tzinfo=UTC)
STEP_S, STEPS = 3_600.0, 24
WINDOW = Window(START, START + timedelta(seconds=STEP_S * STEPS))
EVERY_STEP = Intervals.always(STEP_S)
OTHER_UNITS = {
    "kW.h": ("MW.h", "kJ", "W.h"),
    "m3": ("L", "dam3", "[gal_us]"),
    "m3/h": ("L/h", "L/s", "m3/d"),
    "m3{n}/h": ("L{n}/min", "m3{n}/d"),
    "mg/L": ("g/m3", "ug/L", "kg/m3"),
    "t": ("kg", "[ston_av]"),
    "%": ("1", "g/kg"),
    "/m": ("/cm",),
    "1": ("%",),
    "uS/cm": ("mS/cm", "mS/m"),
    "L/(m2.h)": ("m3/(m2.d)",),
    "kW": ("W", "MW"),
    "kg": ("g", "t"),
    "V": ("mV",),
    "A": ("mA",),
    "mV": ("V",),
}


@dataclass(frozen=True)
class Point:
    """A point as a key figure wants it."""

    point_id: int
    unit: str
    intervals: Intervals = EVERY_STEP


def _value(kpi: Kpi, units: list[str], size: np.ndarray) -> KpiValue:
    """Evaluate a key figure of which each input is `size`, given in its place of `units`."""
    start_ms = START.timestamp() * 1_000.0
    points, buckets, tracks = {}, {}, {}
    for number, (need, unit) in enumerate(zip(kpi.needs, units, strict=True)):
        way = conversion(need.unit, unit)
        points[need.point] = Point(number, unit)
        if need.is_counter:
            x_ms = start_ms + np.arange(STEPS + 1) * STEP_S * 1_000.0
            total = np.concatenate([[1e6], 1e6 + np.cumsum(size[number])])
            value = total * way.scale + way.offset
            readings = Readings.of(x_ms.tolist(), value.tolist())
            tracks[number] = track(readings, Meter.always(None, None))
        else:
            value = size[number] * way.scale + way.offset
            buckets[number] = _buckets(start_ms + np.arange(STEPS) * STEP_S * 1_000.0, value)
    return evaluate(kpi, Loaded(points, buckets, tracks, STEP_S), WINDOW)


def _buckets(x_ms: np.ndarray, value: np.ndarray) -> BucketSeries:
    n = np.ones(x_ms.size, dtype=np.int64)
    step = Resolution(Source.HOUR, STEP_S)
    return BucketSeries(step, x_ms, n, n, n, value, value, value, value, value, value)


@pytest.mark.parametrize("kpi", CATALOGUE, ids=lambda kpi: kpi.key)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_changing_the_unit_of_an_input_changes_no_key_figure(kpi: Kpi, data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 1_000))
    size = np.random.default_rng(seed).uniform(1.0, 50.0, (len(kpi.needs), STEPS))
    units = [data.draw(st.sampled_from((need.unit, *OTHER_UNITS[need.unit]))) for need in kpi.needs]
    usual = _value(kpi, [need.unit for need in kpi.needs], size)
    other = _value(kpi, units, size)
    assert usual.value is not None
    assert other.value == pytest.approx(usual.value, rel=1e-6)
    assert (other.unit, other.coverage) == (usual.unit, usual.coverage)


def test_permeate_in_cubic_metres_is_no_recovery_of_zero() -> None:
    size = np.array([[0.3] * STEPS, [0.4] * STEPS])
    found = _value(BY_KEY["ro_recovery"], ["m3/h", "L/h"], size)
    assert found.value == pytest.approx(75.0)


@pytest.mark.parametrize("kpi", CATALOGUE, ids=lambda kpi: kpi.key)
def test_an_input_of_another_quantity_gives_no_number_and_says_why(kpi: Kpi) -> None:
    for place, need in enumerate(kpi.needs):
        points = {one.point: Point(0, one.unit) for one in kpi.needs}
        points[need.point] = Point(place, "cd")
        found = evaluate(kpi, Loaded(points, {0: _NONE}, {0: _SILENT}, STEP_S), WINDOW)
        assert found.value is None
        assert found.misfit == Misfit(need.point, "cd", need.unit)


_NONE = _buckets(np.array([]), np.array([]))
_SILENT = track(Readings.of([], []), Meter.always(None, None))
