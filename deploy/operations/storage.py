"""How long readings and rollups are kept: what is set, what would go, and letting it go.

    reading  ⊆  rollup_5m  ⊆  rollup_1h  ⊆  rollup_1d     in time: the coarser is kept longer

What goes are whole chunks. Nothing goes that the company of a trial, or a guest, may still read.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.errors import LockNotAvailable
from psycopg.rows import class_row, tuple_row

from deploy.errors import StorageBusy, StorageRefused
from schemas.columnstore import follow_settings, has_columnstore
from schemas.connection import connect
from schemas.queries import queries

KEEP_MIN_DAYS = {"reading": 30, "rollup_5m": 30, "rollup_1h": 366}  # a year's figures need hours
CLASSES = tuple(KEEP_MIN_DAYS)
PORTION_LIMIT_CHUNKS = 16  # of one transaction, while which nobody writes
# Shorter than what PostgreSQL takes for a deadlock, so that we give way and not who reads a chart.
LOCK_LIMIT_MS = 500
BUSY_LIMIT_S = 60.0
BUSY_PAUSE_S = 1.0

_SQL = queries("storage")
_SITE_SQL = queries("site")
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class StorageClass:
    """A class of data as it is set; `keep_days` None: everything.

    `columnstore_after_days` None: never. `dropped_before` None: nothing was dropped yet.
    """

    name: str
    keep_days: int | None
    columnstore_after_days: int | None
    dropped_before: datetime | None


@dataclass(frozen=True)
class Chunk:
    """What is dropped at once: a hypertable's rows of [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class HeldTrial:
    """A trial, "<line>/<trial>", whose company or guests may read it until `access_until`."""

    trial: str
    starts_at: datetime
    access_until: datetime


@dataclass(frozen=True)
class Storage:
    """One look: classes from fine to coarse, their chunks rising in time, and who holds what."""

    classes: Sequence[StorageClass]
    chunks: Mapping[str, Sequence[Chunk]]
    held: HeldTrial | None

    def going(self, now: datetime) -> dict[str, list[Chunk]]:
        """Return the chunks of each class that are to be dropped at `now`, rising in time.

        A chunk goes when all of it is older than its class is kept, counted in whole UTC days. A
        rollup never goes before the next finer class did.
        """
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        bound = now if self.held is None else self.held.starts_at
        found: dict[str, list[Chunk]] = {}
        for each in self.classes:
            gone_before = each.dropped_before or _BEGINNING
            found[each.name] = []
            if each.keep_days is not None:
                oldest = min(bound, midnight - timedelta(days=each.keep_days))
                found[each.name] = [one for one in self.chunks[each.name] if one.end <= oldest]
            bound = max([gone_before, *(one.end for one in found[each.name])])
        return found

    def holds_back(self, now: datetime) -> bool:
        """Tell whether readings stay for a trial that would go otherwise."""
        days = self.classes[0].keep_days
        return (
            self.held is not None
            and days is not None
            and self.held.starts_at < now - timedelta(days=days)
        )


@dataclass(frozen=True)
class Dropped:
    """What a step of `apply` dropped: all of `name` before `before`, in `chunks` chunks."""

    name: str
    chunks: int
    before: datetime


def read_storage(connection: psycopg.Connection, now: datetime) -> Storage:
    """Read settings, chunks and holds. Raises psycopg.Error."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        classes = [StorageClass(*row) for row in cursor.execute(_SQL["classes"]).fetchall()]
        chunks: dict[str, list[Chunk]] = {each.name: [] for each in classes}
        for name, start, end in cursor.execute(_SQL["chunks"]).fetchall():
            chunks[name].append(Chunk(start, end))
    with connection.cursor(row_factory=class_row(HeldTrial)) as cursor:
        held = cursor.execute(_SQL["oldest_held"], {"now": now}).fetchone()
    return Storage(classes, chunks, held)


def chunk_sizes(connection: psycopg.Connection, name: str) -> dict[datetime, int]:
    """Return the bytes of each chunk of a class, indexes included, by its start."""
    return dict(connection.execute(_SQL["chunk_sizes"], {"class": name}).fetchall())


def days(connection: psycopg.Connection) -> tuple[int, datetime | None]:
    """Return the bytes of the rollup by days, indexes included, and its oldest day."""
    row = connection.execute(_SQL["days"]).fetchone()
    assert row is not None
    return row[0], row[1]


def set_keep_days(dsn: str, name: str, days: int | None) -> None:
    """Keep a class for `days`, or everything; `apply` drops by it. Raises StorageRefused."""
    with connect(dsn) as connection:
        connection.execute(_SITE_SQL["lock"])
        classes = [StorageClass(*row) for row in connection.execute(_SQL["classes"]).fetchall()]
        problem = keep_problem({each.name: each.keep_days for each in classes}, name, days)
        if problem is not None:
            raise StorageRefused(problem)
        connection.execute(_SQL["set_keep"], {"class": name, "days": days})


def set_columnstore_after_days(dsn: str, name: str, days: int | None) -> bool:
    """Let the columnstore take chunks `days` after their end, or never; it counts at once.

    Returns whether the server has a columnstore; one that has none keeps the setting for later.
    """
    with connect(dsn) as connection:
        connection.execute(_SQL["set_columnstore"], {"class": name, "days": days})
        is_there = has_columnstore(connection)
        if is_there:
            follow_settings(connection)
        return is_there


def keep_problem(kept_days: Mapping[str, int | None], name: str, days: int | None) -> str | None:
    """Return why a class cannot be kept for `days` (None: everything); None if it can."""
    if days is not None and days < KEEP_MIN_DAYS[name]:
        return (
            f"{name} must be kept for at least {KEEP_MIN_DAYS[name]} days: late readings, checks "
            "and figures need them."
        )
    place, wanted = CLASSES.index(name), _days(days)
    for finer in CLASSES[:place]:
        if wanted < _days(kept_days[finer]):
            return (
                f"{name} must be kept at least as long as {finer}: {kept_text(kept_days[finer])}."
            )
    for coarser in CLASSES[place + 1 :]:
        if wanted > _days(kept_days[coarser]):
            return (
                f"{coarser} is kept for {kept_days[coarser]} days, and must be kept at least as "
                f"long as {name}: set {coarser} first."
            )
    return None


def kept_text(days: int | None) -> str:
    """Return how long something is kept."""
    return "everything" if days is None else f"{days} days"


def apply(dsn: str, now: datetime, on_dropped: Callable[[Dropped], None]) -> None:
    """Drop what is older than it is kept, oldest first; safe to repeat and to interrupt.

    Each step is one transaction: from its commit on, ingest takes no reading of that time. Raises
    StorageBusy if others use what is to go for BUSY_LIMIT_S, psycopg.Error.
    """
    busy_since_s = None
    with connect(dsn, autocommit=True) as connection:
        while True:
            try:
                dropped = _drop_portion(connection, now)
            except LockNotAvailable:
                busy_since_s = busy_since_s or time.monotonic()
                if time.monotonic() - busy_since_s > BUSY_LIMIT_S:
                    raise StorageBusy from None
                time.sleep(BUSY_PAUSE_S)
                continue
            if dropped is None:
                return
            busy_since_s = None
            on_dropped(dropped)


def _drop_portion(connection: psycopg.Connection, now: datetime) -> Dropped | None:
    """Drop the oldest chunks of the finest class of which any are to go; None: nothing is."""
    with connection.transaction():
        connection.execute(_SQL["limit_wait"], {"limit_ms": LOCK_LIMIT_MS})
        connection.execute(_SITE_SQL["lock"])  # a batch that is being written is waited for
        for name, chunks in read_storage(connection, now).going(now).items():
            portion = chunks[:PORTION_LIMIT_CHUNKS]
            if portion:
                step = {"class": name, "before": portion[-1].end}
                connection.execute(_SQL["note_dropped"], step)
                connection.execute(_SQL["drop"], step)
                connection.execute(_SITE_SQL["notify"])
                return Dropped(name, len(portion), portion[-1].end)
    return None


def _days(kept: int | None) -> float:
    return math.inf if kept is None else kept
