"""Role by relation by verb, made from the catalogue: what is not listed here is refused."""

from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from tests.fixtures.tenants import Tenants

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
SEQUENCE_VERBS = ("SELECT", "USAGE", "UPDATE")
COLUMN_VERBS = {"SELECT", "INSERT", "UPDATE", "REFERENCES"}
ROLES = ("virtaama_viewer", "virtaama_gate", "virtaama_dashboard", "virtaama_ingest")
WHOLE_TABLE_READS = {"site", "line", "point", "point_definition", "point_current", "topic_mapping"}
PLAN_TABLES = ("calculated_plan", "calculation_due")
ELEMENT_TABLES = {"element", "element_definition", "element_property", "point_role"}
ALLOWED = {
    "virtaama_gate": {},
    "virtaama_dashboard": {},
    "virtaama_viewer": {
        name: {"INSERT"}
        for name in (
            *("note", "trial_entry", "withdrawal", "trial", "trial_point", "trial_guest"),
            "access_log",
        )
    },
    "virtaama_ingest": {name: {"SELECT"} for name in WHOLE_TABLE_READS}
    | {name: {"SELECT"} for name in ELEMENT_TABLES}
    | {"reading": {"SELECT", "INSERT", "UPDATE"}}  # UPDATE of qc and checks alone
    | {
        name: {"SELECT", "INSERT", "UPDATE"}
        for name in ("rollup_5m", "rollup_1h", "rollup_1d", "latest", "sequence")
    }
    | {
        "quarantine": {"SELECT", "INSERT", "UPDATE", "DELETE"},
        "quarantine_usage": {"SELECT", "INSERT", "UPDATE"},
    }
    | {
        name: {"SELECT", "INSERT", "UPDATE", "DELETE"}
        for name in ("stream", "unread_value", "arrival", "change", "ingest_state", *PLAN_TABLES)
    }
    | {"calculated_input": {"SELECT", "INSERT"}}
    | {"follower": {"SELECT", "INSERT", "UPDATE"}, "change_count": {"SELECT"}}
    | {"recheck": {"SELECT", "INSERT", "UPDATE"}}  # UPDATE of how far it is alone
    | {"subscription": {"SELECT", "INSERT", "UPDATE", "DELETE"}}  # UPDATE of retained_taken alone
    | {"push_subscription": {"SELECT", "DELETE"}, "push_device": {"SELECT"}}
    | {name: {"SELECT"} for name in ("storage_class", "trial_sender")}
    | {name: {"SELECT"} for name in ("alarm", "alarm_definition", "alarm_point")}
    | {name: {"SELECT", "INSERT", "UPDATE"} for name in ("alarm_state", "alarm_occurrence")}
    | {"quality_window_version": {"SELECT"}, "window_rule": {"SELECT", "UPDATE"}}
    | {"quality_window_point": {"SELECT"}}
    | {"quality_window": {"SELECT", "INSERT", "UPDATE"}}
    | {"alarm_event": {"SELECT", "INSERT"}, "alarm_act": {"SELECT", "UPDATE"}}
    | {
        name: {"SELECT", "INSERT", "UPDATE", "DELETE"}
        for name in ("message", "message_alarm", "message_link")
    }
    | {
        name: {"SELECT"}
        for name in (
            *("roster_week", "roster_person", "alarm_to_answer", "not_to_call"),
            *("outdated_notice", "calling_event", "purposeless_message"),
        )
    },
}

RELATIONS = """
SELECT c.oid, n.nspname, c.relname, c.relkind, h.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
LEFT JOIN pg_class h ON h.oid = i.inhparent
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 't', 'S')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_temp%'
ORDER BY 2, 3
"""
CELL = {
    "table": "SELECT has_table_privilege(%s, %s::oid, %s)",
    "column": "SELECT has_any_column_privilege(%s, %s::oid, %s)",
    "sequence": "SELECT has_sequence_privilege(%s, %s::oid, %s)",
}


def _held(connection: psycopg.Connection, role: str, oid: int, kind: str) -> Iterator[tuple]:
    """Yield (verb, whether the role holds it on the relation or a column of it)."""
    for verb in SEQUENCE_VERBS if kind == "S" else VERBS:
        if kind == "S":
            asked = CELL["sequence"]
        else:
            asked = CELL["column" if verb in COLUMN_VERBS else "table"]
        row = connection.execute(asked.encode(), (role, oid, verb)).fetchone()
        assert row is not None
        yield verb, row[0]


def _allowed(role: str, schema: str, name: str, hypertable: str | None) -> set[str]:
    if schema == "visible":
        return {"SELECT"} if role == "virtaama_viewer" else set()
    allowed = set(ALLOWED[role].get(hypertable or name, set()))
    # Rights on columns stand at the table that is asked, not at its chunks.
    return allowed - {"UPDATE"} if hypertable == "reading" else allowed


@pytest.mark.parametrize("role", ROLES)
def test_no_role_holds_more_than_is_listed(tenants: Tenants, role: str) -> None:
    cells: Counter[str] = Counter()
    wrong = []
    with psycopg.connect(tenants.url) as connection:
        for oid, schema, name, kind, hypertable in connection.execute(RELATIONS).fetchall():
            allowed = _allowed(role, schema, name, hypertable)
            for verb, held in _held(connection, role, oid, kind):
                cells[schema] += 1
                if held != (verb in allowed):
                    wrong.append(f"{verb} on {schema}.{name}: {'held' if held else 'missing'}")
    assert not wrong, f"{role}, {len(wrong)} of {cells.total()} cells: {wrong[:20]}"
    assert cells["_timescaledb_internal"] >= 8 * 6, "chunks belong to the matrix"
    assert cells["_timescaledb_catalog"] > 100
    assert cells["visible"] >= 8 * 18


@pytest.mark.parametrize("role", ["virtaama_viewer", "virtaama_gate", "virtaama_dashboard"])
def test_what_is_refused_on_paper_is_refused_in_fact(tenants: Tenants, role: str) -> None:
    tried = 0
    with psycopg.connect(tenants.url, autocommit=True) as connection:
        relations = connection.execute(RELATIONS).fetchall()
        connection.execute(f"SET ROLE {role}".encode())
        connection.execute("SET virtaama.viewer = 'operator'")
        for _, schema, name, kind, _ in relations:
            if schema == "visible" and role == "virtaama_viewer":
                continue
            for statement in _statements(f'{schema}."{name}"', kind):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
                tried += 1
    assert tried > 200


def _statements(relation: str, kind: str) -> list[str]:
    reads = [f"SELECT count(*) FROM {relation}"]
    # A toast table or a view of several tables cannot be written by anyone.
    return reads if kind in "tvS" else [*reads, f"DELETE FROM {relation}", f"TRUNCATE {relation}"]


FUNCTIONS = """
SELECT n.nspname || '.' || p.proname, has_function_privilege(%s, p.oid, 'EXECUTE')
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('public', 'visible', 'gate')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


INGEST_FUNCTIONS = {
    *("public.rebuild_buckets", "public.rebuild_rollups", "public.forget_calculated"),
    *("public.refuse_other_writer", "public.ask_recheck", "public.local_day_begin"),
}


@pytest.mark.parametrize(
    ("role", "schema"),
    [
        ("virtaama_viewer", "visible"),
        ("virtaama_gate", "gate"),
        ("virtaama_ingest", None),
        ("virtaama_dashboard", None),
    ],
)
def test_each_role_may_call_its_own_functions_only(
    tenants: Tenants, role: str, schema: str | None
) -> None:
    functions = tenants.owner(FUNCTIONS, role)
    assert len(functions) >= 12
    for name, may_call in functions:
        is_ingest_own = role == "virtaama_ingest" and name in INGEST_FUNCTIONS
        assert may_call == (name.split(".")[0] == schema or is_ingest_own), f"{role} and {name}"


def test_functions_that_lend_rights_cannot_be_misled_by_a_search_path(tenants: Tenants) -> None:
    lending = tenants.owner(
        "SELECT p.proname, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prosecdef AND n.nspname IN ('public', 'visible', 'gate')"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )
    assert len(lending) >= 12
    for name, settings in lending:
        assert settings == ["search_path=pg_catalog, public, pg_temp"], name


def test_every_small_table_has_row_level_security(tenants: Tenants) -> None:
    without = tenants.owner(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' AND NOT relrowsecurity ORDER BY 1"
    )
    big = {"reading", "rollup_5m", "rollup_1h", "rollup_1d", "latest", "quarantine"}
    assert {name for (name,) in without} == big | {"schema_migration"}


def test_every_view_for_viewers_is_a_barrier(tenants: Tenants) -> None:
    views = tenants.owner(
        "SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'visible'::regnamespace"
    )
    assert len(views) >= 18
    for name, options in views:
        assert "security_barrier=true" in (options or []), name


def test_the_dashboard_becomes_a_viewer_or_the_gate_and_nothing_else(tenants: Tenants) -> None:
    with psycopg.connect(tenants.url, autocommit=True) as connection:
        connection.execute("SET SESSION AUTHORIZATION virtaama_dashboard")
        for role in ("virtaama_viewer", "virtaama_gate"):
            connection.execute(f"SET ROLE {role}".encode())
        for role in ("virtaama_ingest", "postgres", "pg_read_all_data"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET ROLE {role}".encode())
