"""The only way to the database: a transaction that has given up its rights and names its viewer.

open             reads, for a moment
open_to_write    also adds what row-level security lets this viewer add
open_snapshot    reads one state of the database for minutes, on a connection outside the pool
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from schemas.queries import queries

ROLE = "virtaama_viewer"
CONNECT_TIMEOUT_S = 5
POOL_WAIT_S = 2.0
# Then the pool stops trying, and the next question begins anew: its own waits double without end.
RECONNECT_ATTEMPTS_S = 3.0

_SQL = queries("dashboard")


class Database:
    """A pool of connections, each lent for one transaction of one viewer.

    The role reads schema `visible`, whose views show what the viewer was granted, and adds rows
    only where a policy allows it. Role and viewer end with the transaction, so a connection carries
    nothing from one viewer to the next.
    """

    def __init__(self, url: str, *, max_connections: int, query_timeout_s: float) -> None:
        self.url = url
        self._parameters: dict[str, Any] = {
            "application_name": "virtaama dashboard",
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": f"-c statement_timeout={round(query_timeout_s * 1000)}",
            # Each question is planned with its own window: a plan for any window visits all chunks.
            "prepare_threshold": None,
        }
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=max_connections,
            timeout=POOL_WAIT_S,
            reconnect_timeout=RECONNECT_ATTEMPTS_S,
            open=False,
            kwargs=self._parameters,
        )

    @property
    def pool(self) -> ConnectionPool:
        """The connections, for the gate, which has a role of its own."""
        return self._pool

    def start(self) -> None:
        """Begin to connect; an absent database is waited for in the background."""
        self._pool.open()

    def stop(self) -> None:
        """Close all connections."""
        self._pool.close()

    @contextmanager
    def open(self, viewer: str) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection for one transaction of `viewer` that only reads.

        Raises psycopg.OperationalError if the database does not answer.
        """
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            _bind(connection, viewer)
            yield connection

    @contextmanager
    def open_to_write(self, viewer: str) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection for one transaction of `viewer` that may add rows.

        It commits at the end of the block and leaves nothing if the block fails. Raises
        psycopg.OperationalError if the database does not answer.
        """
        with self._pool.connection() as connection, connection.transaction():
            _bind(connection, viewer)
            yield connection

    @contextmanager
    def open_snapshot(self, viewer: str) -> Iterator[psycopg.Connection[Any]]:
        """Open a connection for one long transaction of `viewer` that sees one state throughout.

        Raises psycopg.OperationalError if the database does not answer.
        """
        with (
            psycopg.connect(self.url, **self._parameters) as connection,
            connection.transaction(),
        ):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _bind(connection, viewer)
            yield connection


def _bind(connection: psycopg.Connection[Any], viewer: str) -> None:
    connection.execute(f"SET LOCAL ROLE {ROLE}")
    connection.execute(_SQL["bind_viewer"].encode(), {"viewer": viewer})
