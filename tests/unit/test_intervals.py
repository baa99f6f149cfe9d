"""Which interval was expected when: dated stretches, and what is before the first of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.analysis.intervals import ON_CHANGE, ON_CHANGE_INTERVAL_S, Intervals

HOUR_MS = 3_600_000.0
CHANGED = Intervals.of([0.0, HOUR_MS, 2 * HOUR_MS], [300.0, None, 10.0])

moments = st.floats(-5 * HOUR_MS, 5 * HOUR_MS)


def test_each_moment_has_the_interval_that_was_in_force_then() -> None:
    found = CHANGED.at([HOUR_MS - 1, HOUR_MS, 2 * HOUR_MS, 9 * HOUR_MS])
    np.testing.assert_array_equal(found, [300.0, np.nan, 10.0, 10.0])


def test_what_is_before_the_first_definition_uses_the_first() -> None:
    assert CHANGED.at([-9 * HOUR_MS]).tolist() == [300.0]
    assert CHANGED.readings(-HOUR_MS, 0.0) == 12


def test_a_definition_from_the_beginning_of_time_is_in_force_always() -> None:
    assert Intervals.of([-np.inf], [5.0]).at([-1e15, 0.0]).tolist() == [5.0, 5.0]
    assert Intervals.always(5.0).readings(0.0, HOUR_MS) == 720
    assert ON_CHANGE.at([]).size == 0


def test_the_longest_interval_says_how_far_a_line_may_reach() -> None:
    assert Intervals.of([0.0, 1.0], [300.0, 10.0]).longest_s == 300.0
    assert CHANGED.longest_s is None


def test_readings_are_expected_stretch_by_stretch() -> None:
    assert CHANGED.readings(0.0, 3 * HOUR_MS) == 12 + 3_600 / ON_CHANGE_INTERVAL_S + 360
    assert CHANGED.regular_s(0.0, 3 * HOUR_MS) == 7_200
    assert CHANGED.regular_s(HOUR_MS, 2 * HOUR_MS) == 0


@given(st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_what_is_expected_does_not_depend_on_how_time_is_cut(cuts: list[float]) -> None:
    first, middle, last = cuts
    parts = CHANGED.readings(first, middle) + CHANGED.readings(middle, last)
    assert parts == pytest.approx(CHANGED.readings(first, last))
    assert CHANGED.regular_s(first, last) <= (last - first) / 1_000.0 + 1e-6
