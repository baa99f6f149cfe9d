"""Connections to the database itself, not to a pooler that lends one for a single transaction.

What we do outlives a transaction: roles, staging tables, prepared statements, notifications. Behind
such a pooler it would be left on a connection that the next one is lent, whoever that is.

Behind any pooler the process that we meet is another one than we were told when we connected; one
that gives each of us a server for the whole session (`pool_mode = session`) may stay.
"""

from typing import Any

import psycopg
from psycopg.rows import tuple_row

from schemas.errors import DatabasePooled
from schemas.queries import queries

QUESTIONS = 3
CONNECT_TIMEOUT_S = 10

_SQL = queries("connection")
SERVER = _SQL["server"]


def connect(dsn: str, **options: Any) -> psycopg.Connection[Any]:
    """Connect as psycopg.connect does. Raises DatabasePooled and what that raises."""
    connection = psycopg.connect(dsn, **options)
    try:
        check_session(connection, dsn)
    except BaseException:
        connection.close()
        raise
    return connection


def check_session(connection: psycopg.Connection[Any], dsn: str) -> None:
    """Raise DatabasePooled if a new connection to `dsn` is lent a server by the transaction."""
    usual, connection.autocommit = connection.autocommit, True  # outside of any transaction
    met = _server(connection)
    connection.autocommit = usual
    check_direct(dsn, told=connection.info.backend_pid, met=met)


def check_direct(dsn: str, *, told: int, met: int) -> None:
    """Raise DatabasePooled if servers are lent by the transaction.

    `told` is the process that the connection announced, `met` the one that answered. If they
    differ, two connections are asked in turns: each must always meet a server of its own.
    """
    if told == met:
        return
    with (
        psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as one,
        psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as other,
    ):
        # Twice in a row, so that a pooler which hands its servers out in turns is noticed too.
        pairs = [
            {_server(connection), _server(connection)} for connection in (one, other) * QUESTIONS
        ]
    ones, others = set().union(*pairs[::2]), set().union(*pairs[1::2])
    if len(ones) > 1 or len(others) > 1 or ones & others:
        raise DatabasePooled


def _server(connection: psycopg.Connection[Any]) -> int:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(SERVER, prepare=False).fetchone()
    assert row is not None
    return int(row[0])
