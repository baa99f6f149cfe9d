"""Whether readings flow, and how long ago something was."""

import pytest

from deploy.operations.status import Arriving, Following, PointCounts, Status
from deploy.operations.status_text import duration, lines, rate_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3_600, "1 h"),
        (3_605, "1 h"),
        (11_520, "3 h 12 min"),
        (86_400 * 9 + 3_600, "9 d 1 h"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("newest_age_s", "shortest_interval_s", "flowing"),
    [
        (None, 10, False),
        (119, 10, True),
        (121, 10, False),
        (121, None, False),
        (1_199, 600, True),  # a plant that sends every ten minutes flows
        (1_201, 600, False),
    ],
)
def test_readings_flow_if_the_newest_is_young_for_this_plant(
    newest_age_s: float | None, shortest_interval_s: float | None, flowing: bool
) -> None:
    counts = PointCounts(3, 0, 0, newest_age_s, shortest_interval_s)
    status = Status(0, counts, ingesting=1)
    assert status.flowing is flowing
    assert ("DO NOT FLOW" in lines(status)[0]) is not flowing


@pytest.mark.parametrize(
    ("following", "followed", "said"),
    [
        (Following(), False, "ARE NOT FOLLOWED"),
        (Following(1, 1, 121.0), False, "BEHIND by 2 min"),
        (Following(1, 0, 5.0), True, "nobody is called"),
        (Following(2, 1), True, "are followed"),
    ],
)
def test_a_watcher_learns_that_nobody_follows_alarms(
    following: Following, followed: bool, said: str
) -> None:
    counts = PointCounts(3, 0, 0, 1.0, 10)
    status = Status(0, counts, ingesting=1, following=following)
    assert status.alarms_followed is followed
    assert said in next(line for line in lines(status) if line.startswith("alarms"))


def test_old_readings_that_come_now_flow() -> None:
    counts = PointCounts(3, 0, 3, 86_400, 10)
    status = Status(0, counts, arriving=Arriving(1610.5, 1.2), ingesting=1)
    assert status.flowing
    assert lines(status)[0].endswith("the newest came 1 s ago; 1610.5 a second over five minutes")


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.0, "0.0"), (0.04, "0.04"), (1 / 300, "0.0033"), (0.96, "1.0"), (9.84, "9.8")],
)
def test_a_plant_that_sends_little_is_not_told_to_send_nothing(rate: float, text: str) -> None:
    assert rate_text(rate) == text
