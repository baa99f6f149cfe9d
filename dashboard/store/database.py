"""The only way to what a viewer sees: a transaction that has given up its rights and names whom.

open             reads one state of the database, for a moment
open_to_write    also adds what row-level security lets this viewer add
open_snapshot    reads as `open` does, for minutes, on a connection outside the pool

Besides, signing in has a role of its own over the same pool (`dashboard/auth/auth_store.py`), and a
connection that only listens is told that there is something new (`dashboard/live/listener.py`).
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from dashboard.store.visible_rows import show_hidden_characters
from schemas.connection import check_session, connect
from schemas.queries import queries

ROLE = "virtaama_viewer"
CONNECT_TIMEOUT_S = 5
POOL_WAIT_S = 2.0
# Then the pool stops trying, and the next question begins anew: its own waits double without end.
RECONNECT_ATTEMPTS_S = 3.0

_ONE_STATE = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SQL = queries("dashboard")
_log = logging.getLogger(__name__)


class Database:
    """A pool of connections, each lent for one transaction of one viewer.

    The role reads schema `visible`, whose views show what the viewer was granted, and adds rows
    only where a policy allows it. Role and viewer end with the transaction, so a connection carries
    nothing from one viewer to the next.
    """

    def __init__(
        self,
        url: str,
        *,
        max_connections: int,
        query_timeout_s: float,
        write_limits: Mapping[str, int] | None = None,
    ) -> None:
        self.url = url
        self._write_limits = {"limits": Jsonb(dict(write_limits or {}))}
        self._parameters: dict[str, Any] = {
            "application_name": "virtaama dashboard",
            "connect_timeout": CONNECT_TIMEOUT_S,
            # Each question is planned with its own window: a plan for any window visits all chunks.
            "prepare_threshold": None,
        }
        self._limits = {"limit_ms": str(round(query_timeout_s * 1000))}
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=max_connections,
            timeout=POOL_WAIT_S,
            reconnect_timeout=RECONNECT_ATTEMPTS_S,
            open=False,
            kwargs=self._parameters,
            configure=self._prepare,
        )

    @property
    def pool(self) -> ConnectionPool:
        """The connections, for the gate, which has a role of its own."""
        return self._pool

    def check(self) -> None:
        """Raise DatabasePooled if it is one; an absent database may be a good one later."""
        try:
            connect(self.url, **self._parameters).close()
        except psycopg.OperationalError as error:
            _log.warning("start: the database is away: %s", error)

    def start(self) -> None:
        """Begin to connect; an absent database is waited for in the background."""
        self._pool.open()

    def stop(self) -> None:
        """Close all connections."""
        self._pool.close()

    @contextmanager
    def open(self, viewer: str) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection for one transaction of `viewer` that only reads.

        All its questions see one state of the database: what a page shows belongs together.
        Raises psycopg.OperationalError if the database does not answer.
        """
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(_ONE_STATE)
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
            connection.execute(_SQL["bind_limits"], self._write_limits)
            yield connection

    @contextmanager
    def open_snapshot(self, viewer: str) -> Iterator[psycopg.Connection[Any]]:
        """Open a connection for one long transaction of `viewer` that sees one state throughout.

        Raises psycopg.OperationalError if the database does not answer.
        """
        with psycopg.connect(self.url, **self._parameters) as connection:
            self._prepare(connection)
            with connection.transaction():
                connection.execute(_ONE_STATE)
                _bind(connection, viewer)
                yield connection

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Make a new connection fit for use. Raises DatabasePooled."""
        check_session(connection, self.url)
        show_hidden_characters(connection)
        # Not at the start of the connection, where poolers take no options.
        connection.execute(_SQL["limit_statements"], self._limits)
        connection.commit()


def _bind(connection: psycopg.Connection[Any], viewer: str) -> None:
    connection.execute(f"SET LOCAL ROLE {ROLE}")
    connection.execute(_SQL["bind_viewer"], {"viewer": viewer})
