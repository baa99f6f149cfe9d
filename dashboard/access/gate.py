"""What the app may ask before it knows who looks: as a role that has no table, only functions."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

from schemas.queries import queries

ROLE = "virtaama_gate"

_SQL = queries("access")


class Pool(Protocol):
    """Lends connections, as psycopg_pool.ConnectionPool does."""

    def connection(self) -> AbstractContextManager[psycopg.Connection[Any]]: ...  # noqa: D102


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is compared with; `open` is false while locked or disabled."""

    account_id: int
    password_hash: str
    totp_secret: str | None
    open: bool


@dataclass(frozen=True)
class Opening:
    """A session to be opened, and how long it may live and rest."""

    account_id: int
    token_sha256: bytes
    lifetime: timedelta
    idle: timedelta
    totp_step: int | None
    client: str


class Gate:
    """The functions of schema `gate`, each in a transaction of its own.

    All methods raise psycopg.OperationalError if the database does not answer.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def credentials(self, login: str) -> Credentials | None:
        """Return what an account's sign-in is compared with; None if there is no such account."""
        row = self._one("credentials", {"login": login})
        return None if row is None else Credentials(**row)

    def sign_in_failed(
        self, account_id: int | None, client: str, *, limit_attempts: int, lock: timedelta
    ) -> None:
        """Log a failure and count it; at `limit_attempts` in a row the account is locked."""
        self._one(
            "sign_in_failed",
            {"account": account_id, "client": client, "limit": limit_attempts, "lock": lock},
        )

    def open_session(self, opening: Opening) -> bool:
        """Open a session; False if the account was closed, or the code used, a moment ago."""
        row = self._one("open_session", vars(opening))
        return row is not None and bool(row["opened"])

    def session(self, token_sha256: bytes) -> dict[str, Any] | None:
        """Return the living session of a token with its account."""
        return self._one("session", {"token_sha256": token_sha256})

    def close_session(self, token_sha256: bytes, client: str) -> None:
        """End a session; nothing happens if there is none."""
        self._one("close_session", {"token_sha256": token_sha256, "client": client})

    def change_password(self, token_sha256: bytes, password_hash: str, client: str) -> bool:
        """Store a new hash for a living session's account and end its other sessions."""
        row = self._one(
            "change_password",
            {"token_sha256": token_sha256, "hash": password_hash, "client": client},
        )
        return row is not None and bool(row["changed"])

    def device(self, token_sha256: bytes) -> dict[str, Any] | None:
        """Return the device of a valid token."""
        return self._one("device", {"token_sha256": token_sha256})

    def _one(self, query: str, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        with self._open() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_SQL[query].encode(), parameters).fetchone()

    @contextmanager
    def _open(self) -> Iterator[psycopg.Connection[Any]]:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(f"SET LOCAL ROLE {ROLE}")
            yield connection
