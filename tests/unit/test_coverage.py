"""How much of a window good readings cover."""

import numpy as np
import pytest

from dashboard.analysis.coverage import coverage, covered_s
from dashboard.analysis.intervals import ON_CHANGE, Intervals

STEP_S = 600.0


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
