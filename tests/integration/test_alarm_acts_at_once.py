"""Two people do something to one alarm at the same moment: one order, nothing overwritten, and the
second knows who was first."""

import threading
from itertools import product
from typing import Any

import psycopg
import pytest

from dashboard.store.errors import Superseded, sentences
from tests.fixtures.alarm_plant import SECOND_US, AlarmPlant, Hand
from tests.fixtures.service_process import wait_until
from tests.fixtures.viewing import bind

T = 1_764_000_000 * SECOND_US
OLLI, ELSA = 1, 2
ACTS = {
    "acknowledge": "SELECT visible.acknowledge_alarms(ARRAY[%(occurrence)s]::uuid[])",
    "comment": "SELECT visible.comment_alarm(%(alarm)s, %(occurrence)s, %(text)s)",
    "shelve": "SELECT visible.shelve_alarm(%(alarm)s, now() + INTERVAL '1 hour', %(text)s)",
    "unshelve": "SELECT visible.unshelve_alarm(%(alarm)s, %(text)s)",
    "reset": "SELECT visible.reset_alarm(%(alarm)s)",
    "ask": "SELECT visible.ask_out_of_service(%(alarm)s, %(text)s)",
    "approve": "SELECT visible.approve_out_of_service(%(alarm)s)",
    "return": "SELECT visible.return_to_service(%(alarm)s, %(text)s)",
}
# What can be done at once, by how the alarm stands.
AT_ONCE = {
    "standing": ("acknowledge", "comment", "shelve", "ask"),
    "latched": ("reset", "comment"),
    "shelved": ("unshelve", "comment", "shelve"),
    "asked": ("approve", "return"),
    "away": ("return", "comment"),
}
PAIRS = [(state, *pair) for state, acts in AT_ONCE.items() for pair in product(acts, repeat=2)]
# Done twice at once the second does nothing, and is told who was first; comments are both written.
ONCE = {"shelve", "unshelve", "reset", "away return"}
EVENTS = {
    "acknowledge": "acknowledged",
    "comment": "commented",
    "shelve": "shelved",
    "unshelve": "unshelved",
    "reset": "reset",
    "approve": "out_of_service",
    "return": "returned_to_service",
}
JOURNAL = """
SELECT e.kind, e.account_id, e.comment FROM alarm_event e JOIN alarm a USING (alarm_id)
WHERE a.key = %s AND e.account_id IS NOT NULL AND e.comment IS DISTINCT FROM 'before'
ORDER BY sequence
"""
WAITS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'second' AND wait_event_type = 'Lock'
"""
THIRD = """
INSERT INTO account (account_id, login, display_name, role, password_hash, must_change_password,
    all_sites)
VALUES (3, 'third', 'Tiina', 'engineer', 'x', false, true)
"""
NO_LONGER_ASKED = """
UPDATE alarm_act SET done_at = now() WHERE kind = 'ask_out_of_service'
    AND alarm_id = (SELECT alarm_id FROM alarm WHERE key = %s)
"""
Outcome = Any


def _do(connection: psycopg.Connection, of: dict[str, Any], act: str, person: int) -> Outcome:
    """Return what an act gives back, or Superseded."""
    bind(connection, f"account:{person}")
    asked = {**of, "text": f"{act} of {person}"}
    try:
        with sentences(connection, ""):
            row = connection.execute(ACTS[act].encode(), asked).fetchone()
    except Superseded as error:
        return error
    return None if row is None else row[0]


def _both(plant: AlarmPlant, key: str, first: str, second: str) -> tuple[Outcome, Outcome]:
    """Let Olli do one act, and Elsa another one before his is committed."""
    ((alarm, occurrence),) = plant.ask(
        "SELECT alarm_id, occurrence FROM alarm_state JOIN alarm USING (alarm_id) WHERE key = %s",
        (key,),
    )
    of = {"alarm": alarm, "occurrence": occurrence}
    outcomes: list[Outcome] = [None, None]
    with (
        psycopg.connect(plant.url) as one,
        psycopg.connect(plant.url, application_name="second") as other,
    ):
        outcomes[0] = _do(one, of, first, OLLI)

        def follow() -> None:
            outcomes[1] = _do(other, of, second, ELSA)
            other.commit()

        elsa = threading.Thread(target=follow)
        elsa.start()
        wait_until(lambda: plant.ask(WAITS), f"{second} did not wait for {first}")
        one.commit()
        elsa.join()
    return outcomes[0], outcomes[1]


@pytest.fixture(scope="module")
def plant(migrated_module_url: str) -> AlarmPlant:
    """An alarm for each pair, all in the state in which the pair can be done."""
    plant = AlarmPlant(migrated_module_url)
    plant.ask("UPDATE account SET all_sites = true, role = 'engineer'")
    plant.ask(THIRD)
    hand = Hand(plant)
    hand.now_us = T
    for pair in PAIRS:
        condition = {"watch": "value", "point": f"main/{_key(pair)}", "above": 3.0}
        plant.define(_key(pair), condition, is_latching=pair[0] == "latched")
    hand.steps()
    plant.read(*((_key(pair), T, 5.0) for pair in PAIRS))
    hand.steps()
    plant.read(*((_key(pair), T + SECOND_US, 1.0) for pair in PAIRS if pair[0] == "latched"))
    before = {"shelved": ("shelve",), "asked": ("ask",), "away": ("ask", "approve")}
    for pair in PAIRS:
        for act in before.get(pair[0], ()):
            kind = {"ask": "ask_out_of_service", "approve": "approve_out_of_service"}.get(act, act)
            until = "2099-01-01T00:00:00Z" if act == "shelve" else None
            if act == "approve":
                plant.ask(NO_LONGER_ASKED, (_key(pair),))
            plant.act(kind, _key(pair), comment="before", until=until)
    plant.ask("UPDATE alarm_act SET account_id = 3")
    hand.steps()
    return plant


def _key(pair: tuple[str, str, str]) -> str:
    return "-".join(pair)


def test_two_at_once_are_two_events_in_their_order_or_one_and_a_word_of_who_was_first(
    plant: AlarmPlant,
) -> None:
    outcomes = {pair: _both(plant, _key(pair), pair[1], pair[2]) for pair in PAIRS}
    hand = Hand(plant)
    hand.now_us = T + 2 * SECOND_US
    hand.steps()
    for pair, (first, second) in outcomes.items():
        state, one, other = pair
        assert not isinstance(first, Superseded), pair
        events = plant.ask(JOURNAL, (_key(pair),))
        assert len(set(events)) == len(events), pair
        texts = {(account, text) for _, account, text in events if text is not None}
        assert texts <= {(OLLI, f"{one} of 1"), (ELSA, f"{other} of 2"), (OLLI, "before")}, pair
        if one == other and (one in ONCE or f"{state} {one}" in ONCE):
            assert isinstance(second, Superseded), pair
            assert second.by == "Olli", pair
            assert [(kind, who) for kind, who, _ in events] == [(EVENTS[one], OLLI)], pair
        elif one == other == "acknowledge":
            assert (first, second) == (1, 0)
            assert events == [("acknowledged", OLLI, None)]
        elif one == other == "comment":
            assert [who for _, who, _ in events] == [OLLI, ELSA]
        elif one == other:  # asked or approved twice: what was asked for is there once
            assert isinstance(second, Superseded), pair
        elif not isinstance(second, Superseded) and "ask" not in pair and state != "asked":
            assert [who for _, who, _ in events] == [OLLI, ELSA], (pair, events)
