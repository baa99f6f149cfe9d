"""A value that swings around its limit calls people a bounded number of times."""

import math
from collections.abc import Iterable

from ingest.alarms.detector import CALM_S, RISES_MAX, Change, Detector, Sample
from ingest.alarms.episodes import Start, review
from ingest.alarms.rate import HOUR_US
from schemas.alarm.condition import Condition, Watch

SECOND_US = 1_000_000
HIGH = Condition(Watch.VALUE, "main/level", above=3.0)
SWING = [Sample(n * SECOND_US // 10, 4.0 if n % 2 else 2.0, 1) for n in range(3 * 36_000)]


def _seen(detector: Detector, samples: Iterable[Sample]) -> list[Change]:
    return [change for sample in samples for change in detector.observe(sample)]


def test_a_value_that_swings_around_its_limit_calls_so_often_in_an_hour_and_no_more() -> None:
    rises_us = [change.at_us for change in _seen(Detector(HIGH), SWING) if change.is_on]
    assert len(rises_us) == 3 * RISES_MAX
    for first_us in rises_us:
        within = sum(first_us <= at_us < first_us + HOUR_US for at_us in rises_us)
        assert within <= RISES_MAX


def test_after_that_it_is_over_once_it_has_been_calm_and_calls_anew() -> None:
    detector = Detector(HIGH)
    swing = SWING[: 2 * RISES_MAX + 7]
    assert len(_seen(detector, swing)) == 2 * RISES_MAX - 1
    calm_us = swing[-1].at_us
    assert detector.is_on
    assert detector.due_us == calm_us + round(CALM_S * 1e6)
    assert detector.advance(detector.due_us - 1) is None
    over = detector.advance(detector.due_us)
    assert over is not None
    assert not over.is_on
    assert [change.is_on for change in detector.observe(Sample(over.at_us + 1, 4.0, 1))] == [True]


def test_an_alarm_that_comes_now_and_then_is_over_as_soon_as_it_was() -> None:
    slow = [each._replace(at_us=each.at_us * 1_000) for each in SWING[:400]]
    changes = _seen(Detector(HIGH), slow)
    assert [change.at_us for change in changes] == [each.at_us for each in slow[1:]]


def test_a_restart_in_the_middle_of_it_calls_no_more_often() -> None:
    whole, middle = _seen(Detector(HIGH), SWING), 15_001
    before = _seen(Detector(HIGH), SWING[:middle])
    rises_us = [change.at_us for change in before if change.is_on]
    again = Detector(HIGH, is_on=before[-1].is_on, value=math.nan)
    again.recall(rises_us[-RISES_MAX:])
    assert before + _seen(again, SWING[middle:]) == whole


def test_a_late_reading_in_the_middle_of_it_tells_of_no_new_ones() -> None:
    changes = _seen(Detector(HIGH), SWING[:10_000])
    rises_us = [change.at_us for change in changes if change.is_on]
    start = Start(HIGH, is_on=True, rises_us=rises_us)
    found = review(start, SWING[8_000:10_000], until_us=SWING[9_999].at_us)
    assert len(found.episodes) == 1
    assert found.detector.is_on
