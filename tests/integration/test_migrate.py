"""The schema: applied once, by one runner at a time, and equal to the snapshot people read."""

import threading

import psycopg
import pytest

from schemas import migrate as runner
from schemas.errors import MigrationError
from schemas.migrate import migrate, migrations, pending
from tests.fixtures.catalog import SNAPSHOT, catalog

CHANGES = (
    "ALTER TABLE point ADD COLUMN extra text",
    "ALTER TABLE quarantine ALTER COLUMN count DROP DEFAULT",
    "ALTER TABLE point ALTER COLUMN tag DROP NOT NULL",
    "ALTER TABLE line DROP CONSTRAINT line_kind_check",
    "DROP INDEX quarantine_waiting",
    "ALTER TABLE latest RESET (fillfactor)",
    "ALTER VIEW visible.reading RESET (security_barrier)",
    "CREATE OR REPLACE VIEW visible.reading AS SELECT * FROM reading",
    "REVOKE SELECT ON visible.latest FROM virtaama_viewer",
    "GRANT SELECT ON reading TO PUBLIC",
    "GRANT UPDATE (value) ON reading TO virtaama_ingest",
    "GRANT CREATE ON SCHEMA visible TO virtaama_viewer",
    "SELECT set_chunk_time_interval('reading', INTERVAL '2 days')",
    "COMMENT ON COLUMN reading.qc IS 'something else'",
    "ALTER TABLE trial DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY none ON trial USING (false)",
    "CREATE FUNCTION now_s() RETURNS float8 LANGUAGE sql RETURN extract(epoch FROM now())",
    "CREATE TYPE colour AS ENUM ('red', 'green')",
)


def test_a_second_run_applies_nothing(database_url: str) -> None:
    assert len(pending(database_url)) == len(migrations())
    assert migrate(database_url) == [step.title for step in migrations()]
    assert migrate(database_url) == []
    assert pending(database_url) == []


def test_runners_that_start_together_apply_each_step_once(database_url: str) -> None:
    applied: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: applied.append(migrate(database_url))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, applied)) == [0, 0, 0, len(migrations())]


def test_the_snapshot_equals_all_migrations(migrated_url: str) -> None:
    found = catalog(migrated_url)
    wanted = SNAPSHOT.read_text(encoding="utf-8")
    assert found == wanted, "run `make schema` and read the difference before you commit it"


def test_the_snapshot_notices_every_kind_of_change(database_url: str) -> None:
    migrate(database_url)
    before = catalog(database_url)
    for change in CHANGES:
        with psycopg.connect(database_url) as connection:
            connection.execute(change.encode())
        after = catalog(database_url)
        assert after != before, change
        before = after


def test_an_edited_migration_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(database_url)
    first, *rest = migrations()
    edited = runner.Migration(first.number, first.title, first.sql + "\n-- later thought")
    monkeypatch.setattr(runner, "migrations", lambda: [edited, *rest])
    with pytest.raises(MigrationError, match=r"0001 .* was changed after it was applied"):
        migrate(database_url)


def test_a_failing_step_leaves_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = runner.Migration(1, "half done", "CREATE TABLE half (x int); SELECT 1 / 0;")
    monkeypatch.setattr(runner, "migrations", lambda: [bad])
    with pytest.raises(MigrationError, match=r"half done.*division by zero"):
        migrate(database_url)
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT to_regclass('half')").fetchone()
    assert row == (None,)


def test_a_database_of_a_newer_program_is_refused(migrated_url: str) -> None:
    with psycopg.connect(migrated_url) as connection:
        connection.execute("INSERT INTO schema_migration VALUES (9999, 'from the future', '')")
    with pytest.raises(MigrationError, match=r"older than the database"):
        migrate(migrated_url)
