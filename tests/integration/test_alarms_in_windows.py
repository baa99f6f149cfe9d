"""Whoever works at a probe is not called by its alarm, and is called when the work is done."""

import pytest

from tests.fixtures.alarm_plant import PERSON, SECOND_US, AlarmPlant, Hand

T = 1_764_000_000 * SECOND_US
HIGH = {"watch": "value", "point": "main/level", "above": 3.0, "deadband": 0.5}
ENTER = """
INSERT INTO quality_window (site_id, kind, point_id, starts_at, ends_at, reason, account_id)
VALUES (1, %s, %s, 'epoch'::timestamptz + %s * INTERVAL '1 microsecond',
        'epoch'::timestamptz + %s * INTERVAL '1 microsecond', 'why', %s)
"""


@pytest.fixture
def plant(migrated_url: str) -> AlarmPlant:
    plant = AlarmPlant(migrated_url)
    plant.define("high", HIGH)
    return plant


@pytest.fixture
def hand(plant: AlarmPlant) -> Hand:
    hand = Hand(plant)
    _at(hand, 0)
    return hand


def _at(hand: Hand, second: int) -> None:
    hand.now_us = T + second * SECOND_US
    hand.steps()


def _enter(plant: AlarmPlant, kind: str, starts_s: int, ends_s: int | None) -> None:
    ends_us = None if ends_s is None else T + ends_s * SECOND_US
    plant.ask(ENTER, (kind, plant.point("level"), T + starts_s * SECOND_US, ends_us, PERSON))


def test_an_alarm_is_suppressed_while_its_probe_is_calibrated_and_calls_if_it_is_so_afterwards(
    plant: AlarmPlant, hand: Hand
) -> None:
    _enter(plant, "calibration", 10, 60)
    _at(hand, 11)
    assert plant.state("high") == "suppressed"
    reason = plant.ask("SELECT suppressed_by FROM alarm_state")
    assert reason == [("maintenance",)]
    plant.read(("level", T + 20 * SECOND_US, 4.0))
    _at(hand, 21)
    assert plant.state("high") == "suppressed"
    _at(hand, 61)
    assert plant.state("high") == "unacknowledged"
    kinds = [kind for kind, _ in plant.journal()]
    assert kinds == ["suppressed", "raised", "unsuppressed"]


def test_a_window_that_is_finished_lets_go_of_the_alarm(plant: AlarmPlant, hand: Hand) -> None:
    _enter(plant, "service", -100, None)
    _at(hand, 1)
    assert plant.state("high") == "suppressed"
    plant.ask("UPDATE quality_window SET is_withdrawn = true")
    _at(hand, 2)
    assert plant.state("high") == "normal"


def test_a_verdict_of_a_person_silences_no_alarm(plant: AlarmPlant, hand: Hand) -> None:
    _enter(plant, "bad", -100, None)
    plant.read(("level", T + SECOND_US, 4.0))
    _at(hand, 2)
    assert plant.state("high") == "unacknowledged"


def test_an_alarm_whose_window_ended_while_the_process_was_away_is_not_left_suppressed(
    plant: AlarmPlant, hand: Hand
) -> None:
    _enter(plant, "cleaning", -100, 30)
    _at(hand, 1)
    assert plant.state("high") == "suppressed"
    again = Hand(plant)
    _at(again, 100)
    assert plant.state("high") == "normal"
