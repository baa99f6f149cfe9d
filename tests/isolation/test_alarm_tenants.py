"""A company learns of the alarms of its own trial's points, and not how many others there are."""

import psycopg
import pytest

from tests.fixtures.tenants import Tenants
from tests.fixtures.viewing import bind

OWN = {"alpha": 3, "beta": 4}
VIEWS = ("alarm", "alarm_definition", "alarm_occurrence", "alarm_event")


def _uuid(number: int) -> str:
    return f"00000000-0000-0000-0000-00000000000{number}"


@pytest.mark.parametrize("viewer", OWN)
@pytest.mark.parametrize("view", VIEWS)
def test_a_company_sees_its_own_alarm_and_no_other(
    tenants: Tenants, viewer: str, view: str
) -> None:
    rows = tenants.rows(viewer, f"SELECT DISTINCT alarm_id::text FROM visible.{view}")
    assert rows == [(_uuid(OWN[viewer]),)]


@pytest.mark.parametrize("viewer", ["Lobby", "guest", "early", "disabled", "first", "Lost", "Old"])
@pytest.mark.parametrize("view", VIEWS)
def test_whoever_answers_no_alarms_sees_none(tenants: Tenants, viewer: str, view: str) -> None:
    assert tenants.rows(viewer, f"SELECT FROM visible.{view}") == []


def test_staff_sees_every_alarm_once(tenants: Tenants) -> None:
    for viewer in ("operator", "engineer", "Control room", "process"):
        assert tenants.rows(viewer, "SELECT count(*) FROM visible.alarm") == [(5,)]
        assert tenants.rows(viewer, "SELECT count(*) FROM visible.alarm_event") == [(20,)]


def test_a_company_is_not_told_what_staff_does_and_says(tenants: Tenants) -> None:
    kinds = tenants.rows(
        "alpha", "SELECT kind, who, comment FROM visible.alarm_event ORDER BY kind"
    )
    assert kinds == [("acknowledged", None, None), ("raised", None, None)]
    row = tenants.rows(
        "alpha",
        "SELECT state, acknowledged_by, shelved_by, shelved_reason, suppressed_by, cause, "
        "out_of_service_asked_by FROM visible.alarm",
    )
    assert row == [("shelved", None, None, None, None, None, None)]


def test_a_company_sees_what_its_alarm_is_and_not_who_defined_it_and_why(tenants: Tenants) -> None:
    columns = "suppression, kept_in, entered_by, reason, ended_by, ended_reason, versions"
    own = tenants.rows("alpha", f"SELECT {columns} FROM visible.alarm_definition")
    assert own == [(None,) * 7]
    (plant,) = tenants.rows(
        "engineer", f"SELECT {columns} FROM visible.alarm_definition ORDER BY key LIMIT 1"
    )
    assert plant[1:4] == ("file", "PLANT-CANARY operator", "PLANT-CANARY definition")


def test_an_operator_defines_no_alarm(tenants: Tenants) -> None:
    for act in ACTS[-4:]:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tenants.rows("operator", act, _uuid(3))


def test_a_company_sees_of_an_alarm_of_a_role_what_is_at_its_own_point(tenants: Tenants) -> None:
    """Not the alarm of the role itself, nor how many points it is for."""
    with psycopg.connect(tenants.url) as connection:
        connection.execute(OF_A_ROLE)
        seen = {}
        for viewer in ("alpha", "beta", "guest", "Lobby", "engineer"):
            with connection.transaction(force_rollback=True):
                bind(connection, tenants.viewers[viewer])
                seen[viewer] = [
                    key
                    for (key,) in connection.execute(
                        "SELECT key FROM visible.alarm_definition WHERE starts_with(key, 'role') "
                        "ORDER BY key"
                    )
                ]
        connection.rollback()
    assert seen == {
        "alpha": ["role:3"],
        "beta": ["role:4"],
        "guest": [],
        "Lobby": [],
        "engineer": ["role", "role:1", "role:3", "role:4"],
    }


def test_of_an_alarm_of_a_role_a_company_learns_what_happens_at_its_own_point_and_no_count(
    tenants: Tenants,
) -> None:
    """In the list, the journal, the badge, by the link of a message, and what a chart shows."""
    views = {
        "alarm": "SELECT key FROM visible.alarm WHERE starts_with(key, 'role') ORDER BY 1",
        "standing": "SELECT key FROM visible.alarm_standing t JOIN visible.alarm USING (alarm_id)"
        " WHERE starts_with(key, 'role') ORDER BY 1",
        "occurrence": "SELECT key FROM visible.alarm_occurrence WHERE starts_with(key, 'role')"
        " ORDER BY 1",
        "event": "SELECT DISTINCT key FROM visible.alarm_event WHERE starts_with(key, 'role')"
        " ORDER BY 1",
        "unnamed": "SELECT e.key FROM visible.alarm_event e LEFT JOIN visible.alarm a"
        " USING (alarm_id) WHERE a.alarm_id IS NULL",
    }
    seen: dict[str, set[tuple[str, ...]]] = {}
    with psycopg.connect(tenants.url) as connection:
        connection.execute(OF_A_ROLE)
        connection.execute(OF_A_ROLE_STANDS)
        for viewer in ("alpha", "beta", "guest", "Lobby", "engineer"):
            with connection.transaction(force_rollback=True):
                bind(connection, tenants.viewers[viewer])
                seen[viewer] = {
                    tuple(key for (key,) in connection.execute(ask.encode()))
                    for ask in views.values()
                }
        connection.rollback()
    assert seen == {
        "alpha": {("role:3",), ()},
        "beta": {("role:4",), ()},
        "guest": {()},
        "Lobby": {()},
        "engineer": {("role", "role:1", "role:3", "role:4"), ("role:1", "role:3", "role:4"), ()},
    }


OF_A_ROLE_STANDS = """
WITH raised AS (
    INSERT INTO alarm_occurrence (alarm_id, priority, raised_at, recorded_at, is_late)
    SELECT alarm_id, 'low', now(), now(), false FROM alarm WHERE starts_with(key, 'role:')
    RETURNING alarm_id, occurrence
), events AS (
    INSERT INTO alarm_event (alarm_id, occurrence, kind, at, recorded_at, priority, is_late, state)
    SELECT alarm_id, occurrence, 'raised', now(), now(), 'low', false, 'unacknowledged' FROM raised
)
INSERT INTO alarm_state (alarm_id, state, since, is_active, is_acknowledged, is_latched, occurrence)
SELECT alarm_id, 'unacknowledged', now(), true, false, false, occurrence FROM raised
"""
OF_A_ROLE = """
WITH made AS (
    INSERT INTO alarm (site_id, key, kept_in)
    SELECT 1, key, CASE key WHEN 'role' THEN 'app' ELSE 'role' END
    FROM unnest('{role,role:1,role:3,role:4}'::text[]) key RETURNING alarm_id, key
), defined AS (
    INSERT INTO alarm_definition (alarm_id, valid_from, name, priority, condition, suppression,
        delay_on_s, delay_off_s, is_latching)
    SELECT alarm_id, '-infinity', '{"en": "x"}', 'low', '{"watch": "value", "above": 1}', '{}',
           0, 0, false FROM made
)
INSERT INTO alarm_point (alarm_id, valid_from, point_id)
SELECT alarm_id, '-infinity', split_part(key, ':', 2)::int FROM made WHERE key <> 'role'
"""


def test_a_company_sees_nothing_of_its_alarms_before_and_after_its_trial(tenants: Tenants) -> None:
    with psycopg.connect(tenants.url) as connection:
        connection.execute(
            "UPDATE trial SET starts_at = now() - INTERVAL '1 minute' WHERE key = 'beta'"
        )
        bind(connection, tenants.viewers["beta"])
        for view in ("alarm_occurrence", "alarm_event"):
            assert connection.execute(f"SELECT FROM visible.{view}").fetchall() == []
        row = connection.execute("SELECT occurrence, raised_value FROM visible.alarm").fetchone()
        assert row == (None, None)
        connection.rollback()


ACTS = (
    "SELECT visible.acknowledge_alarms(ARRAY[%s]::uuid[])",
    "SELECT visible.comment_alarm(%s, NULL, 'seen')",
    "SELECT visible.shelve_alarm(%s, now() + INTERVAL '1 hour', 'why')",
    "SELECT visible.unshelve_alarm(%s, 'why')",
    "SELECT visible.reset_alarm(%s)",
    "SELECT visible.ask_out_of_service(%s, 'why')",
    "SELECT visible.approve_out_of_service(%s)",
    "SELECT visible.return_to_service(%s, 'why')",
    "SELECT visible.retire_alarm(%s, 1, 'why')",
    "SELECT visible.return_alarm_to_file(%s, 1)",
    "SELECT visible.define_alarm('s', %s, 1, '{}', 'why')",
    "SELECT visible.place_alarm(%s, 1, '[]')",
)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "viewer", ["alpha", "beta", "guest", "Lobby", "Control room", "process", "disabled", "Lost"]
)
def test_only_staff_with_a_name_acts_on_alarms(tenants: Tenants, viewer: str, act: str) -> None:
    for number in (3, 9):  # one's own, and one that does not exist: the answers are the same
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tenants.rows(viewer, act, _uuid(number))
