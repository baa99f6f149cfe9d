"""A limit that a running mean is about to miss: told before it is missed, and not before that."""

import random
from itertools import pairwise

import pytest

from ingest.alarms.detector import Detector, Sample
from ingest.alarms.running_mean import PARTS, RunningMean
from schemas.alarm.condition import Condition, Watch

HOUR_US = 3_600_000_000
HOUR_S = 3_600.0
T = 1_764_000_000_000_000


def _exact(readings: list[tuple[int, float]], over_us: int, ahead_us: int) -> float:
    """Return the mean to be expected at the last reading, from all of them."""
    at_us, value = readings[-1]
    begins_us = at_us - (over_us - ahead_us)
    total = value * ahead_us
    for (start, held), (end, _) in pairwise(readings):
        total += held * max(0, end - max(start, begins_us))
    return total / over_us


@pytest.mark.parametrize("ahead_s", [0.0, 2 * HOUR_S])
@pytest.mark.parametrize("number", range(5))
def test_the_mean_is_that_of_all_readings_each_as_long_as_it_held(
    chance: random.Random, ahead_s: float, number: int
) -> None:
    mean = RunningMean(24 * HOUR_S, ahead_s)
    readings: list[tuple[int, float]] = []
    at_us = T
    for _ in range(3_000):
        readings.append((at_us, chance.uniform(0, 10)))
        found = mean.add(*readings[-1])
        at_us += chance.choice((10_000_000, 60_000_000, HOUR_US // 3))
        if found is not None and chance.random() < 0.02:
            exact = _exact(readings, 24 * HOUR_US, round(ahead_s * 1e6))
            # The part in which the mean begins is known as a whole only.
            assert found == pytest.approx(exact, abs=10 / PARTS)
    assert len(mean._parts) <= PARTS + 1


def test_too_little_is_known_until_the_time_of_the_mean_has_passed() -> None:
    mean = RunningMean(24 * HOUR_S, 2 * HOUR_S)
    found = [mean.add(T + n * HOUR_US, 5.0) for n in range(24)]
    assert found[:22] == [None] * 22
    assert found[22] == pytest.approx(5.0)


def test_a_limit_is_told_before_the_mean_misses_it_and_a_peak_within_the_delay_is_not() -> None:
    condition = Condition(
        Watch.MEAN,
        above=0.3,
        deadband=0.02,
        over_s=24 * HOUR_S,
        ahead_s=4 * HOUR_S,
        delay_on_s=HOUR_S / 2,
    )
    detector = Detector(condition)
    plain = Detector(Condition(Watch.MEAN, above=0.3, over_s=24 * HOUR_S))
    changes: dict[str, list[tuple[bool, float]]] = {"ahead": [], "plain": []}
    for n in range(90 * 6):
        hour = n / 6
        value = 2.0 if hour == 30 else 0.6 if 40 <= hour < 60 else 0.1
        for name, one in (("ahead", detector), ("plain", plain)):
            sample = Sample(T + n * HOUR_US // 6, value, 1)
            changes[name] += [
                (change.is_on, (change.at_us - T) / HOUR_US) for change in one.observe(sample)
            ]
    assert [is_on for is_on, _ in changes["ahead"]] == [True, False]
    assert [is_on for is_on, _ in changes["plain"]] == [True, False]
    warned, missed = changes["ahead"][0][1], changes["plain"][0][1]
    assert 40 < warned < missed
    # Four hours ahead, half an hour later for the delay.
    assert missed - warned == pytest.approx(3.5, abs=0.5)


def test_who_begins_to_count_later_comes_to_the_same() -> None:
    chance = random.Random(7)
    readings = [(T + n * HOUR_US // 7, chance.uniform(0, 3)) for n in range(400)]
    one, other = RunningMean(24 * HOUR_S, HOUR_S), RunningMean(24 * HOUR_S, HOUR_S)
    for reading in readings[:150]:
        one.add(*reading)
    for reading in readings[150:]:
        found, later = one.add(*reading), other.add(*reading)
        if later is not None:
            assert later == pytest.approx(found, rel=1e-9, abs=0.02)
