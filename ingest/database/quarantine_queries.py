"""A look into the quarantine, for people."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from ingest.decoding.rejection import Reason
from ingest.errors import NoSuchQuarantined
from schemas.connection import connect
from schemas.queries import queries

_SQL = queries("quarantine")


@dataclass(frozen=True)
class Quarantined:
    """One quarantined message and one reason; `count` is how often it was seen.

    `replayed_at` is None while it waits.
    """

    quarantine_id: int
    topic: str
    size_bytes: int
    reason: str
    detail: str
    first_seen: datetime
    last_seen: datetime
    count: int
    replayed_at: datetime | None


@dataclass(frozen=True)
class QuarantinedMessage(Quarantined):
    """The same with the bytes that came."""

    payload: bytes


def waiting(dsn: str, *, reason: Reason | None = None, limit_rows: int = 100) -> list[Quarantined]:
    """Return what waits, the last seen first. Raises psycopg.Error."""
    wanted = {"reason": reason.value if reason else None, "limit_rows": limit_rows}
    with (
        connect(dsn) as connection,
        connection.cursor(row_factory=class_row(Quarantined)) as cursor,
    ):
        return cursor.execute(_SQL["waiting"], wanted).fetchall()


def show(dsn: str, quarantine_id: int) -> QuarantinedMessage:
    """Return one with its payload. Raises NoSuchQuarantined or psycopg.Error."""
    with (
        connect(dsn) as connection,
        connection.cursor(row_factory=class_row(QuarantinedMessage)) as cursor,
    ):
        found = cursor.execute(_SQL["one"], {"quarantine_id": quarantine_id}).fetchone()
    if found is None:
        raise NoSuchQuarantined(quarantine_id)
    return found


def purge(
    dsn: str,
    *,
    older_than_days: int | None = None,
    reason: Reason | None = None,
    sender: str | None = None,
    only_replayed: bool = False,
) -> int:
    """Delete for good what fits all that is given; return how many. Raises psycopg.Error."""
    wanted = {
        "older_than_days": older_than_days,
        "reason": reason.value if reason else None,
        "sender": sender,
        "only_replayed": only_replayed,
    }
    with connect(dsn) as connection:
        return connection.execute(_SQL["purge"], wanted).rowcount
