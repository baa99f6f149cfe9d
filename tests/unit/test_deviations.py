"""Since when a point deviates is asked once, and forgotten when it is good again."""

from collections.abc import Sequence

from dashboard.live.deviations import ASKED_MAX, Deviations, Since
from dashboard.live.events import Latest

GOOD = Latest(9_000.0, 1.0, 1, 0)
SUSPECT = Latest(9_000.0, 99.0, 3, 2)


class Asked:
    """Answers with the thousandfold of a point's number, and counts."""

    def __init__(self) -> None:
        self.points: list[int] = []

    def __call__(self, points: Sequence[int]) -> Since:
        self.points += points
        return {point: 1_000.0 * point for point in points}


def test_a_deviation_is_told_with_its_beginning_and_asked_for_once() -> None:
    deviations, asked = Deviations(), Asked()
    for _ in range(3):
        told = deviations.told({1: GOOD, 2: SUSPECT}, asked)
        assert told == {1: GOOD, 2: SUSPECT._replace(since_ms=2_000.0)}
    assert asked.points == [2]


def test_a_point_that_was_good_in_between_is_asked_for_again() -> None:
    deviations, asked = Deviations(), Asked()
    for one in (SUSPECT, GOOD, SUSPECT):
        deviations.told({2: one}, asked)
    assert asked.points == [2, 2]


def test_a_plant_full_of_deviations_is_asked_for_in_parts() -> None:
    deviations, asked = Deviations(), Asked()
    plant = dict.fromkeys(range(ASKED_MAX + 5), SUSPECT)
    assert sum(one.since_ms is None for one in deviations.told(plant, asked).values()) == 5
    assert all(one.since_ms is not None for one in deviations.told(plant, asked).values())
