"""Values of several definitions of one point, as the newest has them."""

import numpy as np
import pytest

from dashboard.analysis.definitions import Change, Definition, Definitions
from dashboard.analysis.series import BucketSeries, RawSeries
from dashboard.analysis.window import Resolution, Source

X = np.array([0.0, 10.0, 20.0, 30.0])
HOUR = Resolution(Source.HOUR, 3_600.0)
STOPPED = {"fi": "Seis", "en": "Stopped"}
RUNNING = {"fi": "Käy", "en": "Running"}
MANUAL = {"fi": "Käsi", "en": "Manual"}


def _units(*units: str) -> Definitions:
    starts = [-np.inf, *(10.0 * number for number in range(1, len(units)))]
    dated = zip(starts, units, strict=True)
    return Definitions(tuple(Definition(start, unit, unit) for start, unit in dated))


def _states(*named: dict[str, dict[str, str]]) -> Definitions:
    starts = [-np.inf, *(10.0 * number for number in range(1, len(named)))]
    dated = zip(starts, named, strict=True)
    return Definitions(tuple(Definition(start, "1", "1", states) for start, states in dated))


def _buckets(x_ms: np.ndarray, value: np.ndarray) -> BucketSeries:
    n = np.ones(x_ms.size, dtype=np.int64)
    return BucketSeries(HOUR, x_ms, n, n, n, value, value, value, value, value, value)


def test_each_value_is_converted_from_the_unit_of_its_own_time() -> None:
    found = _units("m3/d", "m3/h", "L/s")
    assert found.shown(X, np.array([8640.0, 360.0, 100.0, 100.0])) == pytest.approx([100.0] * 4)


def test_degrees_are_converted_with_their_zero() -> None:
    assert _units("[degF]", "Cel").shown(X, np.array([50.0, 10.0, 10.0, 10.0])) == pytest.approx(
        [10.0] * 4
    )


def test_what_is_no_value_stays_none() -> None:
    assert np.isnan(_units("m3/h", "L/s").shown(X, np.full(4, np.nan))).all()


def test_a_change_and_back_is_an_edge_twice_and_says_so_once() -> None:
    found = _units("L/s", "m3/h", "L/s")
    assert found.edges(-np.inf, np.inf) == [10.0, 20.0]
    assert found.changes(0.0, 30.0) == [Change(20.0, "m3/h", is_broken=False)]
    assert found.changes(20.0, 30.0) == []


def test_a_changed_range_alone_is_no_change_of_what_values_mean() -> None:
    found = _units("L/s", "L/s")
    assert found.always_the_same
    assert found.edges(-np.inf, np.inf) == []


def test_values_of_another_quantity_break_the_line() -> None:
    found = _units("mg/L", "m3/h")
    assert np.isnan(found.shown(X, X)).tolist() == [True, False, False, False]
    assert found.changes(0.0, 30.0) == [Change(10.0, "mg/L", is_broken=True)]
    shown = found.shown_buckets(_buckets(X, X), 0.0)
    assert shown.n_used.tolist() == [0, 0, 0, 0]
    assert shown.n.tolist() == [1, 1, 1, 1]
    assert found.shown_buckets(_buckets(X, X), 10.0).n_used.tolist() == [1, 1, 1, 1]


def test_a_code_that_means_something_else_today_keeps_its_old_name() -> None:
    found = _states({"0": STOPPED, "1": RUNNING}, {"0": STOPPED, "1": MANUAL, "2": RUNNING})
    series = RawSeries(X, np.array([1.0, 1.0, 2.0, 0.0]), np.ones(4, dtype=np.int64))
    shown = found.shown_readings(series).value.tolist()
    assert found.states is not None
    assert [found.states[value] for value in shown] == [RUNNING, MANUAL, RUNNING, STOPPED]


def test_a_state_that_is_gone_stands_on_a_line_of_its_own() -> None:
    found = _states({"1": MANUAL}, {"1": RUNNING})
    assert found.states == {1.0: RUNNING, 2.0: MANUAL}
    assert found.shown(X, np.ones(4)).tolist() == [2.0, 1.0, 1.0, 1.0]


def test_a_mended_spelling_is_no_other_state() -> None:
    found = _states({"1": RUNNING}, {"1": {"fi": "Käy", "en": "On"}})
    assert found.always_the_same


def test_a_bucket_in_which_codes_change_their_meaning_is_left_out() -> None:
    x_ms = np.array([-3_600_000.0, 0.0, 3_600_000.0])
    found = _states({"1": MANUAL}, {"1": RUNNING})
    assert found.shown_buckets(_buckets(x_ms, np.ones(3)), -1.0).n_used.tolist() == [1, 0, 1]
