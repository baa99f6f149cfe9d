"""How complete the readings of a point are, day by day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.analysis.completeness import Days, Due, by_day, over
from dashboard.analysis.daily import day_windows
from dashboard.analysis.intervals import Intervals

HELSINKI = ZoneInfo("Europe/Helsinki")
DAYS = [date(2026, 10, day) for day in range(23, 28)]  # clocks go back on the 25th
WINDOWS = day_windows(DAYS, HELSINKI)
DAY_EDGES = Days.of(WINDOWS)
BEGINS_MS = [window.start.timestamp() * 1000.0 for window in WINDOWS]
LATER_MS = (WINDOWS[-1].end + timedelta(days=1)).timestamp() * 1000.0
MINUTE = Intervals.always(60.0)


def test_the_night_on_which_clocks_go_back_has_an_hour_more_to_fill() -> None:
    shares = by_day(DAY_EDGES, BEGINS_MS, [1440] * 5, Due(MINUTE, -np.inf, LATER_MS))
    assert shares == pytest.approx([1.0, 1.0, 24 / 25, 1.0, 1.0])


def test_a_day_without_a_row_is_empty_and_one_before_the_first_reading_is_not_due() -> None:
    shares = by_day(DAY_EDGES, BEGINS_MS[1:2], [720], Due(MINUTE, BEGINS_MS[1], LATER_MS))
    assert np.isnan(shares[0])
    assert shares[1:] == pytest.approx([0.5, 0.0, 0.0, 0.0])


def test_no_reading_is_due_while_a_point_is_worked_on() -> None:
    """Six hours of cleaning on the second day, and all of the third and half of the last."""
    cleaned = (BEGINS_MS[1] + 3_600_000.0, BEGINS_MS[1] + 7 * 3_600_000.0)
    served = (BEGINS_MS[2], BEGINS_MS[3])
    went_on = (BEGINS_MS[4] + 12 * 3_600_000.0, LATER_MS)
    due = Due(MINUTE, -np.inf, LATER_MS, (cleaned, served, went_on))
    shares = by_day(DAY_EDGES, BEGINS_MS, [1440, 1080, 0, 720, 600], due)
    assert np.isnan(shares[2])
    assert shares[[0, 1, 3, 4]] == pytest.approx([1.0, 1.0, 0.5, 600 / 720])
    assert over(shares, 5) == pytest.approx((1.0 + 1.0 + 0.5 + 600 / 720) / 4)


def test_work_before_a_point_began_takes_nothing_from_what_is_due() -> None:
    began_ms = BEGINS_MS[1] + 12 * 3_600_000.0
    due = Due(MINUTE, began_ms, LATER_MS, ((BEGINS_MS[0], began_ms),))
    shares = by_day(DAY_EDGES, BEGINS_MS[1:2], [360], due)
    assert shares[1] == pytest.approx(0.5)


def test_today_is_judged_up_to_now() -> None:
    now_ms = BEGINS_MS[4] + 6 * 3_600_000.0
    shares = by_day(
        DAY_EDGES, BEGINS_MS, [1440, 1440, 1500, 1440, 360], Due(MINUTE, -np.inf, now_ms)
    )
    assert shares == pytest.approx([1.0] * 5)


def test_a_burst_does_not_make_more_than_all() -> None:
    assert by_day(DAY_EDGES, BEGINS_MS, [9000] * 5, Due(MINUTE, -np.inf, LATER_MS)).max() == 1.0


def test_what_is_sent_on_change_is_never_due() -> None:
    shares = by_day(DAY_EDGES, BEGINS_MS, [3] * 5, Due(Intervals.always(None), -np.inf, LATER_MS))
    assert np.isnan(shares).all()
    assert over(shares, 3) is None


def test_an_interval_that_changed_is_that_of_the_day() -> None:
    changed = Intervals((-np.inf, BEGINS_MS[2]), (60.0, 600.0))
    shares = by_day(
        DAY_EDGES, BEGINS_MS, [1440, 720, 150, 144, 72], Due(changed, -np.inf, LATER_MS)
    )
    assert shares == pytest.approx([1.0, 0.5, 1.0, 1.0, 0.5])


def test_the_interval_of_the_first_day_is_the_one_in_force_when_the_point_began() -> None:
    began_ms = BEGINS_MS[0] + 12 * 3_600_000.0
    intervals = Intervals((-np.inf, began_ms), (60.0, 300.0))
    due = Due(intervals, began_ms, LATER_MS)
    assert by_day(DAY_EDGES, BEGINS_MS[:1], [144], due)[0] == pytest.approx(1.0)


def test_a_sample_stands_for_the_days_until_the_next_one_is_due() -> None:
    two_days = Intervals.always(2 * 86_400.0)
    shares = by_day(DAY_EDGES, BEGINS_MS[1:2], [1], Due(two_days, -np.inf, LATER_MS))
    assert np.isnan(shares[0])  # what was before it is not known
    assert shares[1:] == pytest.approx([1.0, 1.0, 1.0, 0.0])


def test_the_mean_is_of_the_last_days_in_which_something_was_due() -> None:
    assert over(np.array([np.nan, 0.2, 1.0, 0.5]), 3) == pytest.approx((0.2 + 1.0 + 0.5) / 3)
    assert over(np.array([np.nan, np.nan, 0.5]), 3) == 0.5
    assert datetime.fromtimestamp(BEGINS_MS[0] / 1000, UTC).hour == 21
