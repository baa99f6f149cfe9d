"""The alarms process puts alarms aside and back, and the notifier's outbox hears of each return."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard.notification import outbox
from dashboard.notification.plan_file import Plan, read_plan
from tests.fixtures.alarm_plant import SECOND_US, AlarmPlant, Hand
from tests.fixtures.viewing import viewing

T = 1_764_000_000 * SECOND_US
START = datetime.fromtimestamp(T / SECOND_US, UTC)
KEYS = ("a", "b")
CAUSE = {"watch": "value", "point": "main/cause", "above": 3.0}
OCCURRENCES = "SELECT occurrence FROM alarm_to_answer WHERE name->>'en' <> 'cause' ORDER BY 1"
# What suppressed was an alarm, too, and is over; somebody has seen it.
CAUSE_IS_SEEN = """
UPDATE alarm_state t SET state = 'normal', is_acknowledged = true
FROM alarm a WHERE a.alarm_id = t.alarm_id AND a.key = 'cause'
"""
FILE = """
site = "s"
address = "http://127.0.0.1"
fallback = ["operator"]
[people.operator]
channels = ["json://127.0.0.1/a"]
[priorities.high]
escalate_after_min = 600
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    path = tmp_path / "notify.toml"
    path.write_text(FILE, encoding="utf-8")
    return read_plan(path).model_copy(update={"test_at": None})


@pytest.fixture
def plant(migrated_url: str) -> AlarmPlant:
    plant = AlarmPlant(migrated_url)
    plant.ask("UPDATE account SET all_sites = true")
    return plant


def _put_aside_and_back(plant: AlarmPlant, hand: Hand, way: str) -> None:
    if way == "shelf":
        for key in KEYS:
            plant.act("shelve", key, until="2025-11-24T17:00:00Z")
        hand.steps()
        hand.now_us = T + 86_400 * SECOND_US
    elif way == "service":
        for act in ("approve_out_of_service", "return_to_service"):
            hand.steps()
            for key in KEYS:
                plant.act(act, key)
    else:
        for value in (5.0, 1.0):
            hand.now_us += SECOND_US
            plant.read(("cause", hand.now_us, value))
            hand.steps()
    hand.steps()


def _planned(plant: AlarmPlant, plan: Plan, later: timedelta) -> int:
    with psycopg.connect(plant.url, autocommit=True) as connection:
        return outbox.plan_messages(connection, plan, START + later)


def _acknowledge(plant: AlarmPlant, hand: Hand) -> int:
    with viewing(plant.url, "account:1") as connection:
        row = connection.execute(
            "SELECT visible.acknowledge_alarms(array_agg(occurrence)) FROM visible.alarm"
            " WHERE key = ANY (%s)",
            (list(KEYS),),
        ).fetchone()
    assert row is not None
    hand.steps()
    return row[0]


# Each return to service is a person's own act; the others come back in one moment.
@pytest.mark.parametrize(("way", "messages"), [("shelf", 1), ("service", 2), ("cause", 1)])
def test_duty_was_told_nothing_when_acknowledged_alarms_came_back_and_could_not_answer(
    plant: AlarmPlant, plan: Plan, way: str, messages: int
) -> None:
    hand = Hand(plant)
    hand.now_us = T
    plant.define("cause", CAUSE)
    for key in KEYS:
        condition = {**CAUSE, "point": f"main/{key}"}
        plant.define(key, condition, suppression={"cause": ["cause"]})
    hand.steps()
    for key in KEYS:
        plant.read((key, T, 5.0))
    hand.steps()
    before = plant.ask(OCCURRENCES)
    assert _planned(plant, plan, timedelta()) == 2
    assert _acknowledge(plant, hand) == 2
    _put_aside_and_back(plant, hand, way)
    assert [plant.state(key) for key in KEYS] == ["unacknowledged"] * 2
    assert plant.ask(OCCURRENCES) == before
    plant.ask(CAUSE_IS_SEEN)
    assert _planned(plant, plan, timedelta(hours=1)) == messages
    assert _planned(plant, plan, timedelta(hours=2)) == 0
    assert _acknowledge(plant, hand) == 2
    assert [plant.state(key) for key in KEYS] == ["acknowledged"] * 2
    assert _acknowledge(plant, hand) == 0
    told = plant.ask("SELECT count(*), count(DISTINCT event_id) FROM message_alarm")
    assert told == [(4, 4)]
