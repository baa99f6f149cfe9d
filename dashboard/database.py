"""The only way to the database: a transaction that has given up its rights and names its viewer."""

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
    """A pool of connections, each lent for one read-only transaction of one viewer.

    The role may only read schema `visible`, whose views show what the viewer was granted. Role and
    viewer end with the transaction, so a connection carries nothing from one viewer to the next.
    """

    def __init__(self, url: str, *, max_connections: int, query_timeout_s: float) -> None:
        self.url = url
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=max_connections,
            timeout=POOL_WAIT_S,
            reconnect_timeout=RECONNECT_ATTEMPTS_S,
            open=False,
            kwargs={
                "application_name": "virtaama dashboard",
                "connect_timeout": CONNECT_TIMEOUT_S,
                "options": f"-c statement_timeout={round(query_timeout_s * 1000)}",
            },
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
        """Lend a connection for one transaction of `viewer`.

        Raises psycopg.OperationalError if the database does not answer.
        """
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute(f"SET LOCAL ROLE {ROLE}")
            connection.execute(_SQL["bind_viewer"].encode(), {"viewer": viewer})
            yield connection
