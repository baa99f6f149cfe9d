"""No such point, and not yours: the same answer in the same time, also after an error."""

import statistics
import time

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from tests.fixtures.tenants import Tenants
from tests.fixtures.viewing import bind

NOT_YOURS, NO_SUCH = 4, 999_999
ROUNDS = 150
# Generous: who may see a row is looked up once there is one, in less than a millisecond. A network
# and a web server drown that, and not a table scan; numbers are drawn, so that none is guessed.
DIFFERENCE_MAX_S = 0.0025

QUESTIONS = {
    "point": "SELECT * FROM visible.point WHERE point_id = %s",
    "window": "SELECT * FROM visible.point_window WHERE point_id = %s",
    "newest": "SELECT * FROM visible.latest WHERE point_id = %s",
    "readings": "SELECT * FROM visible.reading WHERE point_id = %s ORDER BY ts LIMIT 10",
    "hours": "SELECT max(max) FROM visible.rollup_1h WHERE point_id = %s HAVING count(*) > 0",
    "days": "SELECT * FROM visible.rollup_1d WHERE point_id = %s",
    "limits": "SELECT * FROM visible.limit_value WHERE point_id = %s",
    "history": "SELECT * FROM visible.point_definition WHERE point_id = %s",
    "instruments": "SELECT * FROM visible.assignment WHERE point_id = %s",
    "notes": "SELECT * FROM visible.note WHERE point_id = %s",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_such_point_and_not_yours_take_the_same_time(tenants: Tenants, question: str) -> None:
    took: dict[int, list[float]] = {NOT_YOURS: [], NO_SUCH: []}
    with tenants.viewing("alpha") as connection:
        for _ in range(ROUNDS):
            for point, times in took.items():
                began = time.perf_counter()
                rows = connection.execute(QUESTIONS[question].encode(), (point,)).fetchall()
                times.append(time.perf_counter() - began)
                assert rows == []
    # The lower quartile: what a busy machine adds says nothing about the question.
    quartiles = [statistics.quantiles(times)[0] for times in took.values()]
    assert abs(quartiles[0] - quartiles[1]) < DIFFERENCE_MAX_S, quartiles


def test_no_such_point_and_not_yours_have_the_same_name(tenants: Tenants) -> None:
    asked = "SELECT * FROM visible.point WHERE site = 's' AND line = 'hall' AND key = %s"
    assert tenants.rows("alpha", asked, "beta") == tenants.rows("alpha", asked, "gamma") == []
    assert len(tenants.rows("beta", asked, "beta")) == 1


WRITES = {
    "note of a trial": (
        "INSERT INTO note (trial_id, from_at, body, account_id)"
        " VALUES (%s, now(), 'x', visible.account_id())",
        2,
    ),
    "note of a point": (
        "INSERT INTO note (trial_id, point_id, from_at, body, account_id)"
        " VALUES (1, %s, now(), 'x', visible.account_id())",
        4,
    ),
    "note in place of another": (
        "INSERT INTO note (trial_id, from_at, body, account_id, replaces)"
        " VALUES (1, now(), 'x', visible.account_id(), %s)",
        2,
    ),
    "journal": (
        "INSERT INTO trial_entry (trial_id, kind, title, from_at, account_id)"
        " VALUES (%s, 'log', 'x', now(), visible.account_id())",
        2,
    ),
    "journal in place of another": (
        "INSERT INTO trial_entry (trial_id, kind, title, from_at, account_id, replaces)"
        " VALUES (1, 'log', 'x', now(), visible.account_id(), %s)",
        6,
    ),
    "access log": (
        "INSERT INTO access_log (account_id, action, trial_id)"
        " VALUES (visible.account_id(), 'read', %s)",
        2,
    ),
    "another's name": (
        "INSERT INTO note (trial_id, from_at, body, account_id) VALUES (1, now(), 'x', %s)",
        5,
    ),
}


def _refusal(tenants: Tenants, statement: str, parameter: int) -> str:
    with pytest.raises(psycopg.Error) as caught, tenants.viewing("alpha") as connection:
        connection.execute(statement.encode(), (parameter,))
    return str(caught.value)


@pytest.mark.parametrize("what", WRITES)
def test_writing_to_what_is_not_yours_is_refused_like_what_is_not_there(
    tenants: Tenants, what: str
) -> None:
    statement, theirs = WRITES[what]
    refusal = _refusal(tenants, statement, theirs)
    assert "violates row-level security policy" in refusal
    assert refusal == _refusal(tenants, statement, NO_SUCH)


def test_a_member_writes_in_its_own_trial(tenants: Tenants) -> None:
    with tenants.viewing("alpha") as connection:
        connection.execute(
            "INSERT INTO note (trial_id, point_id, from_at, body, account_id)"
            " VALUES (1, 3, now(), 'Cleaned', visible.account_id())"
        )
        mine = "SELECT author, own, replaced FROM visible.note WHERE body = 'Cleaned'"
        assert connection.execute(mine).fetchall() == [("ALPHA-CANARY member", True, False)]
        connection.execute(
            "INSERT INTO note (trial_id, point_id, from_at, body, account_id, replaces)"
            " SELECT 1, 3, now(), 'Cleaned twice', visible.account_id(), note_id"
            " FROM visible.note WHERE body = 'Cleaned'"
        )
        assert connection.execute(mine).fetchall() == [("ALPHA-CANARY member", True, True)]
        connection.rollback()


@pytest.mark.parametrize("viewer", ["early", "Control room", "Lobby", "disabled", "first", "guest"])
def test_who_may_only_read_writes_nothing(tenants: Tenants, viewer: str) -> None:
    for statement, _ in WRITES.values():
        if "access_log" in statement:
            continue
        with pytest.raises(psycopg.Error), tenants.viewing(viewer) as connection:
            connection.execute(statement.encode(), (1,))


@pytest.mark.parametrize("column", ["at", "entry_id"])
def test_an_entry_of_the_log_cannot_be_dated_back(tenants: Tenants, column: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        tenants.viewing("alpha") as connection,
    ):
        connection.execute(
            f"INSERT INTO access_log (account_id, action, {column})"
            " VALUES (visible.account_id(), 'read', DEFAULT)".encode()
        )


def test_an_engineer_makes_a_trial_and_nobody_else_does(tenants: Tenants) -> None:
    statement = (
        b"INSERT INTO trial (line_id, company_id, key, name, source_stream, starts_at, ends_at,"
        b" verified, managed_by) SELECT l.line_id, c.company_id, 'new', '{}', 'permeate', now(),"
        b" now() + INTERVAL '1 day', false, 'app'"
        b" FROM visible.line l, visible.company c WHERE l.key = 'hall' AND c.key = 'alpha'"
    )
    with tenants.viewing("engineer") as connection:
        assert connection.execute(statement).rowcount == 1
        connection.execute(
            "INSERT INTO trial_point SELECT trial_id, 2 FROM visible.trial WHERE key = 'new'"
        )
        connection.execute(
            "SELECT set_config('virtaama.viewer', %s, true)", (tenants.viewers["alpha"],)
        )
        seen = connection.execute("SELECT point_id FROM visible.point ORDER BY 1").fetchall()
        assert seen == [(1,), (2,), (3,)]
        connection.rollback()
    for viewer in ("operator", "alpha"):
        with (
            pytest.raises(psycopg.Error, match="row-level security"),
            tenants.viewing(viewer) as connection,
        ):
            connection.execute(statement)


def test_a_connection_forgets_its_viewer_after_an_error(tenants: Tenants) -> None:
    with ConnectionPool(tenants.url, min_size=1, max_size=1, open=True) as pool:

        def fail(statement: str) -> None:
            with pool.connection() as connection, connection.transaction():
                bind(connection, tenants.viewers["engineer"])
                connection.execute(statement.encode())
                raise RuntimeError

        def ask(viewer: str | None) -> list[tuple]:
            with pool.connection() as connection, connection.transaction():
                if viewer is None:
                    connection.execute("SET LOCAL ROLE virtaama_viewer")
                else:
                    bind(connection, viewer)
                return connection.execute(
                    "SELECT pg_backend_pid(), count(*) FROM visible.reading"
                ).fetchall()

        [(backend, all_rows)] = ask(tenants.viewers["engineer"])
        assert all_rows > 100
        with pytest.raises(psycopg.errors.DivisionByZero):
            fail("SELECT 1 / 0")
        assert ask(None) == [(backend, 0)]
        with pytest.raises(RuntimeError):
            fail("SELECT 1")
        [(same, own_rows)] = ask(tenants.viewers["alpha"])
        assert same == backend
        assert 0 < own_rows < all_rows
        with pool.connection() as connection:
            row = connection.execute(
                "SELECT current_user = session_user, current_setting('virtaama.viewer', true)"
            ).fetchone()
            assert row == (True, "")


def test_an_error_names_no_value_that_the_viewer_may_not_see(tenants: Tenants) -> None:
    # A cast that fails prints the value: the barrier must come before it.
    with tenants.viewing("alpha") as connection:
        rows = connection.execute(
            "SELECT point_id FROM visible.point"
            " WHERE CASE WHEN note LIKE 'BETA%' THEN note::int = 0 ELSE true END ORDER BY 1"
        ).fetchall()
        assert rows == [(1,), (3,)]
