"""What stamps and times of reception say of the clock of a device."""

from dashboard.analysis.clock_offsets import ClockOffset, ClockProblem, worst_first


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
