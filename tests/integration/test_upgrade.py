"""An upgrade keeps everything: what a database held at a release, it holds after later migrations.

`tests/fixtures/upgrades/NNNN.sql` fills the tables as migration NNNN leaves them. One database goes
through all migrations and is filled on the way; what it held then is looked for at the end.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from schemas import migrate as runner
from schemas.errors import MigrationError
from schemas.migrate import Migration, migrate, migrations, pending

FIXTURES = {
    int(path.stem): path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[1] / "fixtures/upgrades").glob("*.sql"))
}
FIRST = min(FIXTURES)
VIEWERS = ("account:1", "account:2", "account:3", "account:4", "device:1", "device:2")
TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
VIEWS = "SELECT viewname FROM pg_views WHERE schemaname = 'visible' ORDER BY viewname"
HARMFUL = {
    "a reading is lost": "DELETE FROM reading WHERE point_id = 2 AND value = 12",
    "an account loses its second factor": "UPDATE account SET totp_secret = NULL",
    "a column is dropped": "ALTER TABLE latest DROP COLUMN received_at CASCADE",
    "a table is dropped": "DROP TABLE sequence",
    "a note is rewritten": "UPDATE note SET body = upper(body)",
    "a company sees less": "UPDATE trial SET access_until = '2026-03-12Z'",
    "a view is dropped": "DROP VIEW visible.trial_guest",
}

# What is made anew from other rows, and may come out otherwise.
DERIVED = {"quarantine_usage": {"bytes"}}  # a row counts what it takes in all since 0034

Rows = list[dict[str, Any]]


def _rows(connection: psycopg.Connection, schema: str, relation: str) -> Rows:
    statement = sql.SQL("SELECT to_jsonb(r)::text FROM {}.{} r").format(
        sql.Identifier(schema), sql.Identifier(relation)
    )
    return [
        {
            key: value
            for key, value in json.loads(text).items()
            if key not in DERIVED.get(relation, ())
        }
        for (text,) in connection.execute(statement)
    ]


def _held(url: str) -> dict[str, Rows]:
    """Return the rows of every table, and of every view as each of the viewers sees it."""
    held = {}
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            held[table] = _rows(connection, "public", table)
        views = [view for (view,) in connection.execute(VIEWS)]
        for viewer in VIEWERS:
            connection.execute("SELECT set_config('virtaama.viewer', %s, true)", (viewer,))
            for view in views:
                held[f"{viewer} in {view}"] = _rows(connection, "visible", view)
    return held


def _lost(before: dict[str, Rows], after: dict[str, Rows]) -> list[str]:
    """Return what was held before and is not afterwards; new columns and new rows are no loss."""
    lost = []
    for name, rows in before.items():
        if not rows:
            continue
        columns = rows[0].keys()
        now = Counter(
            json.dumps({key: row[key] for key in columns if key in row}, sort_keys=True)
            for row in after.get(name, [])
        )
        then = Counter(json.dumps(row, sort_keys=True) for row in rows)
        lost += [f"{name}: {row}" for row in then - now]
    return lost


def _migrate_to(url: str, number: int, patch: pytest.MonkeyPatch) -> None:
    steps = migrations()[:number]
    with patch.context() as context:
        context.setattr(runner, "migrations", lambda: steps)
        # It is of today, and may ask for tables of today.
        context.setattr(runner, "has_columnstore", lambda _: False)
        migrate(url)


def _fill(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(FIXTURES[number].encode())


def test_an_upgrade_loses_nothing_and_nobody_sees_less(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {}
    for number in FIXTURES:
        _migrate_to(database_url, number, monkeypatch)
        _fill(database_url, number)
        held[number] = _held(database_url)
    migrate(database_url)
    now = _held(database_url)
    for number, before in held.items():
        assert not _lost(before, now), f"held since migration {number:04} and lost"


def test_the_fixtures_fill_every_table_of_the_release(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in FIXTURES:
        _migrate_to(database_url, number, monkeypatch)
        _fill(database_url, number)
    held = _held(database_url)
    assert not [name for name, rows in held.items() if not rows and " in " not in name]
    for viewer in VIEWERS:
        assert any(rows for name, rows in held.items() if name.startswith(viewer)), viewer


def test_every_harm_of_a_migration_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _migrate_to(database_url, FIRST, monkeypatch)
    _fill(database_url, FIRST)
    before = _held(database_url)
    for harm, statement in HARMFUL.items():
        with psycopg.connect(database_url) as connection:
            connection.execute(statement.encode())
        after = _held(database_url)
        assert _lost(before, after), harm
        before = after


def test_a_database_of_before_the_first_release_is_refused_and_left_alone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [Migration(1, "plant", "CREATE TABLE site (site_id int)")]
    old += [Migration(number, f"step {number}", "SELECT") for number in range(2, 28)]
    monkeypatch.setattr(runner, "migrations", lambda: old)
    monkeypatch.setattr(runner, "has_columnstore", lambda _: False)
    monkeypatch.setitem(runner._SQL, "narrow", "SELECT")  # there are no roles
    migrate(database_url)
    before = _held(database_url)
    monkeypatch.undo()
    for refused in (migrate, pending):
        with pytest.raises(MigrationError, match=r"before 0\.1\.0.*Nothing was changed"):
            refused(database_url)
    assert _held(database_url) == before
