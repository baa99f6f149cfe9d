"""A pilot beside the plant: the same water at the same place, sizes made comparable."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dashboard.analysis.comparison import Side, asked_window, compare, divided, shifted
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.series import BucketSeries, RawSeries
from dashboard.analysis.window import Resolution, Source, Window

START = datetime(2026, 11, 24, tzinfo=UTC)
HOUR_MS = 3_600_000.0
WINDOW = Window(START, START + timedelta(hours=4))
START_MS = START.timestamp() * 1_000.0


def _raw(first_hour: float, *values: float) -> Side:
    """A reading an hour, the first one `first_hour` after the window's start."""
    x_ms = START_MS + (first_hour + np.arange(len(values))) * HOUR_MS
    column = np.array(values, dtype=np.float64)
    good = np.ones(len(values), dtype=np.int64)
    return Side(RawSeries(x_ms, column, good), Intervals.always(3_600.0))


def _buckets(*values: float) -> BucketSeries:
    column, ones = np.array(values), np.ones(len(values), dtype=np.int64)
    return BucketSeries(
        resolution=Resolution(Source.HOUR, 3_600.0),
        x_ms=START_MS + np.arange(len(values)) * HOUR_MS,
        n=ones,
        n_used=ones,
        n_good=ones,
        mean=column,
        mean_good=column,
        low=column - 1,
        high=column + 1,
        first=column,
        last=column,
    )


def test_what_passed_the_plant_two_hours_ago_stands_beside_what_the_pilot_gets_now() -> None:
    plant = _raw(-2, 10, 20, 30, 40)
    found = compare(_raw(0, 1, 2, 3, 4), plant, WINDOW, 120.0, relative=False)
    assert found.reference.x_ms.tolist() == found.pilot.x_ms.tolist()
    assert (found.pilot_mean, found.reference_mean) == (2.5, 25.0)
    assert found.difference_percent == pytest.approx(-90.0)


def test_the_plant_is_read_where_its_shift_fills_the_window() -> None:
    earlier = asked_window(WINDOW, 90.0)
    assert earlier.start == START - timedelta(minutes=90)
    assert earlier.width_s == WINDOW.width_s
    assert asked_window(WINDOW, -90.0).end == WINDOW.end + timedelta(minutes=90)


def test_readings_that_the_shift_moves_out_of_the_window_are_not_in_the_mean() -> None:
    found = compare(_raw(0, 1, 1, 1, 1), _raw(0, 10, 10, 99, 99), WINDOW, 120.0, relative=False)
    assert found.reference_mean == 10.0


def test_loads_of_two_sizes_share_an_axis_on_which_1_is_the_mean_of_each() -> None:
    found = compare(_raw(0, 1, 2, 3, 2), _raw(0, 1000, 2000, 3000, 2000), WINDOW, 0, relative=True)
    assert found.relative
    assert isinstance(found.pilot, RawSeries)
    assert isinstance(found.reference, RawSeries)
    assert found.pilot.value.tolist() == [0.5, 1.0, 1.5, 1.0]
    assert found.reference.value.tolist() == found.pilot.value.tolist()
    assert (found.pilot_mean, found.reference_mean) == (2.0, 2000.0)


@pytest.mark.parametrize("plant", [(0.0, 0.0), (-3.0, 1.0), ()])
def test_nothing_is_divided_by_a_mean_that_is_not_positive(plant: tuple[float, ...]) -> None:
    found = compare(_raw(0, 1, 2), _raw(0, *plant), WINDOW, 0, relative=True)
    assert not found.relative
    assert found.difference_percent is None
    assert isinstance(found.pilot, RawSeries)
    assert found.pilot.value.tolist() == [1.0, 2.0]


def test_a_failed_reading_of_the_plant_does_not_count() -> None:
    plant = _raw(0, 10, 500)
    assert isinstance(plant.series, RawSeries)
    plant.series.qc[1] = 4
    assert compare(_raw(0, 5), plant, WINDOW, 0, relative=False).reference_mean == 10.0


def test_buckets_keep_their_band_when_they_are_moved_and_divided() -> None:
    moved = divided(shifted(_buckets(10.0, 20.0), -60.0), 10.0)
    assert isinstance(moved, BucketSeries)
    assert moved.x_ms.tolist() == [START_MS - HOUR_MS, START_MS]
    assert moved.mean.tolist() == [1.0, 2.0]
    assert (moved.low.tolist(), moved.high.tolist()) == ([0.9, 1.9], [1.1, 2.1])
    assert moved.n.tolist() == [1, 1]
