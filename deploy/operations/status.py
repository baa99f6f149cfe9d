"""Whether readings flow, read from the database alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row

from deploy.operations.calculation import NOTHING_CALCULATED, Calculation, read_calculation
from deploy.operations.storage import read_storage
from schemas.connection import connect
from schemas.migrate import pending
from schemas.queries import queries
from schemas.rights import AS_GIVEN, Rights, compare

FLOWING_AGE_MIN_S = 120.0
STALEST_LIMIT_ROWS = 5
MISSING_LIMIT_ROWS = 5
OVERDUE = timedelta(days=2)  # of chunks that a daily timer should have dropped

Row = TypeVar("Row")

_SQL = queries("status")


@dataclass(frozen=True)
class PointCounts:
    """How many points there are and how their newest readings look.

    `newest_age_s` counts from reception, and is None if there is no reading.
    `shortest_interval_s` is None if no point has an expected interval.
    """

    points: int
    silent: int
    stale: int
    newest_age_s: float | None
    shortest_interval_s: float | None


@dataclass(frozen=True)
class Waiting:
    """What waits in quarantine for one reason."""

    reason: str
    messages: int
    newest_age_s: float


@dataclass(frozen=True)
class Stale:
    """A point that has been silent for more than twice its interval, "<line>/<point>"."""

    point: str
    age_s: float


@dataclass(frozen=True)
class Missing:
    """Messages of a topic that were lost before us, by the numbers that their senders gave them."""

    topic: str
    messages: int


@dataclass(frozen=True)
class Arriving:
    """What was stored in the last five minutes, by the time of its reception, and how long ago."""

    readings_per_s: float = 0.0
    newest_age_s: float | None = None


@dataclass(frozen=True)
class Following:
    """How many processes follow readings for alarms, how far behind, and how many call people."""

    alarms: int = 0
    notifiers: int = 0
    behind_s: float | None = None


@dataclass(frozen=True)
class UnreadPlace:
    """What a mapping, "<site>/<mapping>", does not read of its payloads."""

    mapping: str
    pointer: str
    topic: str
    times: int
    age_s: float


@dataclass(frozen=True)
class Status:
    """One look at the database."""

    pending_migrations: int
    counts: PointCounts
    stalest: Sequence[Stale] = ()
    arriving: Arriving = Arriving()
    quarantined: Sequence[Waiting] = ()
    ingesting: int = 0
    missing: Sequence[Missing] = ()
    unread: Sequence[UnreadPlace] = ()
    rights: Rights = AS_GIVEN
    overdue_chunks: int = 0
    following: Following = Following()
    calculation: Calculation = NOTHING_CALCULATED

    @property
    def alarms_followed(self) -> bool:
        """True if alarms are followed, and no commit has waited for that for 120 s."""
        behind_s = self.following.behind_s or 0.0
        return self.following.alarms > 0 and behind_s <= FLOWING_AGE_MIN_S

    @property
    def newest_age_s(self) -> float | None:
        """How long ago the newest reading came; a late one is no point's latest."""
        ages_s = (self.counts.newest_age_s, self.arriving.newest_age_s)
        return min((age_s for age_s in ages_s if age_s is not None), default=None)

    @property
    def flowing(self) -> bool:
        """True if the newest reading is not older than two of the shortest interval, or 120 s."""
        age_s = self.newest_age_s
        limit_s = max(FLOWING_AGE_MIN_S, 2 * (self.counts.shortest_interval_s or 0))
        return age_s is not None and age_s <= limit_s


def read_status(dsn: str) -> Status:
    """Read the status. Raises psycopg.Error if there is no server or no schema."""
    unapplied = len(pending(dsn))
    with connect(dsn) as connection:
        ingesting = connection.execute(_SQL["ingesting"]).fetchone()
        known = Status(
            pending_migrations=unapplied,
            counts=_rows(connection, PointCounts, "points")[0],
            stalest=_rows(connection, Stale, "stalest", limit_rows=STALEST_LIMIT_ROWS),
            quarantined=_rows(connection, Waiting, "quarantine"),
            ingesting=ingesting[0] if ingesting else 0,
        )
        # An older schema has no such tables.
        return known if unapplied else _with_the_rest(connection, known)


def _with_the_rest(connection: psycopg.Connection, known: Status) -> Status:
    return replace(
        known,
        arriving=_rows(connection, Arriving, "arriving")[0],
        missing=_rows(connection, Missing, "missing", limit_rows=MISSING_LIMIT_ROWS),
        unread=_rows(connection, UnreadPlace, "unread"),
        following=_rows(connection, Following, "following")[0],
        calculation=read_calculation(connection),
        rights=compare(connection),
        overdue_chunks=_overdue_chunks(connection),
    )


def _rows(connection: psycopg.Connection, kind: type[Row], query: str, **asked: Any) -> list[Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(_SQL[query], asked or None).fetchall()


def _overdue_chunks(connection: psycopg.Connection) -> int:
    """Return how many chunks should be gone since OVERDUE."""
    row = connection.execute(_SQL["now"]).fetchone()
    assert row is not None
    storage = read_storage(connection, row[0])
    return sum(map(len, storage.going(row[0] - OVERDUE).values()))
