"""What stamps and times of reception say of the clock of a device."""

from datetime import UTC, datetime, timedelta

from dashboard.analysis.clock_offsets import ClockOffset, ClockProblem, with_clocks, worst_first
from dashboard.analysis.data_health import LatestReading, PointHealth, findings
from schemas.quality import Qc

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def _device(
    median_s: float, *earlier: tuple[int, float], name: str = "a", interval_s: float = 60.0
) -> ClockOffset:
    return ClockOffset(name, 3, median_s, interval_s, earlier)


def test_a_clock_that_is_ahead_is_told_from_readings_that_come_late() -> None:
    assert _device(1.0).problem is None
    assert _device(-9.0).problem is None
    assert _device(-11.0).problem is ClockProblem.AHEAD
    assert _device(299.0).problem is None
    assert _device(301.0).problem is ClockProblem.LATE
    assert _device(301.0, interval_s=3600.0).problem is None


def test_a_clock_that_falls_behind_from_day_to_day_is_seen_before_it_is_far_off() -> None:
    falling = _device(30.0, *((days, 30.0 - 3.0 * days) for days in range(1, 8)))
    assert falling.drift_per_day_s == 3.0
    assert falling.problem is ClockProblem.DRIFTS
    rising = _device(-5.0, (1, -3.0), (2, -1.0), (3, 1.0))
    assert rising.drift_per_day_s == -2.0
    assert rising.problem is ClockProblem.DRIFTS


def test_single_late_days_are_no_drift_and_two_days_say_nothing() -> None:
    assert _device(2.0, (1, 2.1), (2, 80.0), (3, 1.9), (4, 2.0), (5, 2.2)).problem is None
    assert _device(60.0, (1, 30.0), (2, 0.0)).drift_per_day_s is None


def test_wrong_clocks_come_first_and_of_each_the_furthest_off() -> None:
    devices = [_device(5.0, name="b"), _device(-20.0, name="c"), _device(8.0), _device(400.0)]
    assert [one.median_s for one in worst_first(devices)] == [400.0, -20.0, 8.0, 5.0]


def _point(path: str, qc: Qc, delay_s: float, week: float = 1.0) -> PointHealth:
    latest = LatestReading(NOW, NOW + timedelta(seconds=delay_s), 1.0, qc, 0)
    return PointHealth(path, "main", 60.0, latest, None, week)


def test_a_wrong_clock_stands_once_where_it_is_to_be_mended_and_not_for_each_point() -> None:
    """Clocks stood in a card of their own below, and each point of the device in the list."""
    points = [
        _point("failed", Qc.FAIL, 1.0),
        _point("ahead", Qc.GOOD, -40.0),
        _point("ahead too", Qc.GOOD, -40.0),
        _point("ahead and incomplete", Qc.GOOD, -40.0, 0.5),
        _point("ahead alone", Qc.GOOD, -40.0),
        _point("suspect", Qc.SUSPECT, 1.0),
    ]
    devices = {"ahead": "probe", "ahead too": "probe", "ahead and incomplete": "probe"}
    clocks = [
        _device(-40.0, name="probe"),
        _device(30.0, *((days, 30.0 - 3.0 * days) for days in range(1, 8)), name="gateway"),
        _device(1.0, name="right"),
    ]
    told = with_clocks(findings(points, NOW), clocks, devices)
    assert [one.device if isinstance(one, ClockOffset) else one.health.point for one in told] == [
        *("failed", "probe", "ahead alone", "ahead and incomplete", "suspect"),
        "gateway",
    ]
