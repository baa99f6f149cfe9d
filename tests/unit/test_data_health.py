"""What is wrong with a point, and what is to be mended first."""

from datetime import UTC, datetime, timedelta

from dashboard.analysis.data_health import (
    LatestReading,
    PointHealth,
    Problem,
    findings,
    substitute,
)
from schemas.quality import Check, Qc

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MINUTE_S = 60.0


def _health(
    point: str = "a",
    line: str = "main",
    *,
    qc: Qc = Qc.GOOD,
    age: timedelta = timedelta(seconds=30),
    delay: timedelta = timedelta(seconds=1),
    interval_s: float | None = MINUTE_S,
    since: datetime | None = None,
    week: float | None = 1.0,
    checks: int = 0,
) -> PointHealth:
    at = NOW - age
    return PointHealth(
        point, line, interval_s, LatestReading(at, at + delay, 1.0, qc, checks), since, week
    )


def test_a_good_point_has_nothing_to_do() -> None:
    assert _health().problems(NOW) == []
    assert findings([_health()], NOW) == []


def test_silence_is_more_than_two_intervals_and_none_where_values_come_on_change() -> None:
    assert _health(age=timedelta(seconds=120)).problems(NOW) == []
    assert _health(age=timedelta(seconds=121)).problems(NOW) == [Problem.SILENT]
    assert _health(age=timedelta(days=9), interval_s=None).problems(NOW) == []


def test_every_verdict_but_good_and_unknown_is_a_problem() -> None:
    assert _health(qc=Qc.UNKNOWN).problems(NOW) == []
    assert _health(qc=Qc.FAIL).problems(NOW) == [Problem.FAILED]
    assert _health(qc=Qc.MISSING).problems(NOW) == [Problem.MISSING]
    assert _health(qc=Qc.SUSPECT).problems(NOW) == [Problem.SUSPECT]


def test_a_result_below_what_can_be_told_is_nothing_to_mend() -> None:
    below, above = int(Check.BELOW_LIMIT), int(Check.ABOVE_LIMIT)
    assert _health(qc=Qc.SUSPECT, checks=below).problems(NOW) == []
    assert _health(qc=Qc.SUSPECT, checks=above).problems(NOW) == [Problem.SUSPECT]
    both = below | Check.TYPICAL_RANGE
    assert _health(qc=Qc.SUSPECT, checks=both).problems(NOW) == [Problem.SUSPECT]


def test_clocks_that_are_ahead_and_readings_that_come_late_are_told_apart() -> None:
    assert _health(delay=timedelta(seconds=-11)).problems(NOW) == [Problem.CLOCK_AHEAD]
    assert _health(delay=timedelta(minutes=6)).problems(NOW) == [Problem.LATE]
    hourly = _health(delay=timedelta(minutes=6), interval_s=3600.0)
    assert hourly.problems(NOW) == []


def test_a_point_without_any_reading_says_so() -> None:
    health = PointHealth("a", "main", MINUTE_S, None, None, None)
    assert health.problems(NOW) == [Problem.NEVER]
    assert health.since(Problem.NEVER) is None


def test_what_is_to_be_mended_first_comes_first_and_the_newest_of_its_kind() -> None:
    hour, day = NOW - timedelta(hours=1), NOW - timedelta(days=1)
    found = findings(
        [
            _health("half", week=0.5),
            _health("suspect", qc=Qc.SUSPECT, since=hour),
            _health("failed long ago", qc=Qc.FAIL, since=day),
            _health("failed", qc=Qc.FAIL, since=hour, week=0.5),
            _health("silent", age=timedelta(hours=2)),
            _health("fine"),
        ],
        NOW,
    )
    named = [one.health.point for one in found]
    assert named == ["silent", "failed", "failed long ago", "suspect", "half"]
    assert found[1].others == (Problem.INCOMPLETE,)
    assert found[0].since == NOW - timedelta(hours=2)


def test_a_line_that_is_silent_as_a_whole_is_one_thing_to_do_and_comes_first() -> None:
    hours = [timedelta(hours=2), timedelta(hours=1), timedelta(hours=3)]
    line = [_health(f"p{place}", "pilot", age=age) for place, age in enumerate(hours)]
    never = PointHealth("new", "pilot", MINUTE_S, None, None, None)
    switch = _health("valve", "pilot", interval_s=None, age=timedelta(days=3))
    other = _health("x", age=timedelta(minutes=9))
    found = findings([other, *line, never, switch], NOW)
    assert [(one.health.point, one.silent_line) for one in found] == [
        ("p1", "pilot"),
        ("x", None),
        ("new", None),
    ]
    assert found[0].since == NOW - timedelta(hours=1)


def test_one_point_that_still_sends_keeps_its_line_from_being_called_silent() -> None:
    line = [_health(f"p{place}", age=timedelta(hours=1)) for place in range(4)]
    found = findings([*line, _health("alive")], NOW)
    assert [one.silent_line for one in found] == [None] * 4


def test_only_a_good_value_of_now_stands_for_one_that_cannot_be_trusted() -> None:
    points = {
        "failed": _health("failed", qc=Qc.FAIL),
        "suspect": _health("suspect", qc=Qc.SUSPECT),
        "old": _health("old", age=timedelta(hours=1)),
        "never": PointHealth("never", "main", MINUTE_S, None, None, None),
        "probe": _health("probe"),
        "laboratory": _health("laboratory", interval_s=None, age=timedelta(days=6)),
    }
    assert substitute(("failed", "suspect", "old", "never", "not seen"), points, NOW) is None
    assert substitute(("failed", "probe", "laboratory"), points, NOW) == "probe"
    assert substitute(("old", "laboratory"), points, NOW) == "laboratory"
