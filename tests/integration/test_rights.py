"""Our roles hold what the migrations gave them; what is more or less is said."""

from collections.abc import Iterator

import psycopg
import pytest

from schemas.migrate import migrate, say_what_had_no_effect
from schemas.rights import compare, given
from tests.fixtures.command_line import virtaama

LARGE_OBJECTS = (
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_get(1)",
    "SELECT lo_open(1, 131072)",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_unlink(1)",
)
ROLES = ("virtaama_viewer", "virtaama_gate", "virtaama_dashboard")


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    """The owner of a migrated database that is no copy of another."""
    migrate(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection
        connection.execute("RESET ROLE")
        for role in ("stranger", "virtaama_viewer"):
            connection.execute(f"DROP OWNED BY {role}" if _has(connection, role) else "SELECT 1")
        connection.execute("DROP ROLE IF EXISTS stranger")


def _has(connection: psycopg.Connection, role: str) -> bool:
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    return found is not None


def test_the_migrations_give_exactly_what_the_schema_says(
    owner: psycopg.Connection, database_url: str
) -> None:
    found = compare(owner)
    assert (found.more, found.missing) == ((), ())
    assert len(given()) > 60
    assert (
        "rights      as the schema gives them" in virtaama("status", database_url=database_url).out
    )


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("GRANT SELECT ON account TO virtaama_viewer", "table account: grant SELECT"),
        ("GRANT SELECT (login) ON account TO PUBLIC", "grant SELECT (login) to everybody"),
        ("GRANT EXECUTE ON FUNCTION gate.device TO PUBLIC", "gate.device"),
        ("GRANT CREATE ON SCHEMA public TO virtaama_gate", "make things in schema public"),
        ("GRANT virtaama_ingest TO virtaama_viewer", "may act as virtaama_ingest"),
        ("GRANT TEMPORARY ON DATABASE {} TO PUBLIC", "virtaama_viewer may make temporary tables"),
        ("GRANT EXECUTE ON FUNCTION lo_create TO virtaama_viewer", "may read or write large"),
    ],
)
def test_what_is_held_and_was_not_given_is_told(
    owner: psycopg.Connection, database_url: str, statement: str, told: str
) -> None:
    before = len(compare(owner).more)
    owner.execute(statement.format(owner.info.dbname))
    try:
        more = compare(owner).more
        assert len(more) > before
        assert told in "\n".join(more)
        assert (
            "MORE: `virtaama status --rights`" in virtaama("status", database_url=database_url).out
        )
        assert told in virtaama("status", "--rights", database_url=database_url).out
    finally:
        owner.execute("REVOKE virtaama_ingest FROM virtaama_viewer")


def test_a_revoke_that_has_no_effect_is_told(
    owner: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    owner.add_notice_handler(say_what_had_no_effect)
    owner.execute("CREATE ROLE stranger")
    owner.execute("GRANT USAGE ON SCHEMA public TO stranger")
    owner.execute("GRANT SELECT ON account TO stranger WITH GRANT OPTION")
    owner.execute("SET ROLE stranger")
    owner.execute("GRANT SELECT ON account TO virtaama_viewer")
    owner.execute("RESET ROLE")
    owner.execute("REVOKE SELECT ON account FROM virtaama_viewer")  # the stranger's gift stays
    assert "table account: grant SELECT to virtaama_viewer" in compare(owner).more
    owner.execute("SET ROLE stranger")
    owner.execute("REVOKE INSERT ON account FROM virtaama_viewer")
    assert "it had no effect: no privileges could be revoked for" in caplog.text


def test_what_was_given_and_is_gone_is_told(owner: psycopg.Connection) -> None:
    owner.execute("REVOKE SELECT ON visible.point FROM virtaama_viewer")
    assert "view visible.point: grant SELECT to virtaama_viewer" in compare(owner).missing


@pytest.mark.parametrize("role", ROLES)
def test_nobody_who_looks_makes_temporary_tables_or_large_objects(
    owner: psycopg.Connection, role: str
) -> None:
    owner.execute(f"SET ROLE {role}".encode())
    tries = ("CREATE TEMP TABLE t (x int)", "SELECT 1 AS x INTO TEMP t", *LARGE_OBJECTS)
    for statement in tries:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(statement.encode())


def test_the_ingest_still_makes_its_temporary_tables(owner: psycopg.Connection) -> None:
    owner.execute("SET ROLE virtaama_ingest")
    owner.execute("CREATE TEMP TABLE staged (x int)")
    owner.execute("DROP TABLE staged")


def test_a_copied_database_is_narrowed_by_the_next_migrate(migrated_url: str) -> None:
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        assert "virtaama_viewer may make temporary tables" in compare(connection).more
        assert migrate(migrated_url) == []
        assert compare(connection).more == ()
