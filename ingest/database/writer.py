"""One transaction for one batch: readings, rollups, `latest` and quarantine, or none of them."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import asyncpg
import numpy as np

from ingest.batch import Batch, conflict, spans
from ingest.counts import Counts
from ingest.database.arrivals import arrivals
from ingest.database.changes import note
from ingest.database.connection import ADD_GAINS_AND_ANNOUNCE, ANNOUNCE
from ingest.database.corrections import correct, make_anew
from ingest.database.neighbours import judge
from ingest.database.plant_loader import site_version
from ingest.database.quarantine import keep
from ingest.database.rollup import gains
from ingest.database.staging import copy_gains, copy_rows
from ingest.database.windows import current_windows
from ingest.decoding.columns import Rows, joined
from ingest.decoding.rejection import Rejection
from ingest.decoding.site_snapshot import Plant
from ingest.decoding.timestamps import aware
from ingest.quality.memory import Memory
from ingest.quality.verdicts import with_checks
from schemas.queries import queries

_SQL = queries("ingest")


class _Inserted(NamedTuple):
    """The rows that were new; how many were known; and what contradicts a stored value."""

    new: Rows
    duplicates: int
    conflicts: list[tuple[int, Rejection]]


class SiteChanged(Exception):  # noqa: N818 - never leaves ingest
    """The batch was judged by a description of the site that is not the one of now.

    `committed` readings of it, of other parts, are stored.
    """

    def __init__(self, committed: int = 0) -> None:
        super().__init__()
        self.committed = committed


WRITE_LIMIT_TRIES = 5
# A part of it is stored already, which is rare; another connection wrote the same points (migration
# 0021), or they wait for each other.
_AGAIN = ("23505", "VT001", "40P01")

_Insert = Callable[[asyncpg.Connection, Rows], Awaitable[_Inserted]]


async def write(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> Counts:
    """Write a batch and commit; what is stored already changes nothing.

    `memory` is of this connection. Raises SiteChanged, and what asyncpg raises; then nothing of the
    batch is stored, unless the connection was lost while the commit was under way: writing the
    batch again finds out.
    """
    insert = _insert_new
    for tries_left in reversed(range(WRITE_LIMIT_TRIES)):
        try:
            return await _write(connection, batch, memory, insert)
        except asyncpg.PostgresError as error:
            if error.sqlstate not in _AGAIN or not tries_left:
                raise
            insert = _insert_staged
    raise AssertionError  # the last try returns or raises


async def _write(
    connection: asyncpg.Connection, batch: Batch, memory: Memory, insert: _Insert
) -> Counts:
    try:
        return await _transaction(connection, batch, memory, insert)
    except BaseException:
        memory.forget(np.unique(batch.rows.point_id))
        raise


async def _transaction(
    connection: asyncpg.Connection, batch: Batch, memory: Memory, insert: _Insert
) -> Counts:
    points = batch.plant.points
    async with connection.transaction():
        if len(batch.rows):
            await share_site(connection, batch.plant)
        rows = await _marked(connection, batch.rows, memory)
        judged = await judge(connection, rows, points, memory)
        await correct(connection, judged.was, judged.corrected, points)
        inserted = await insert(connection, judged.rows)
        rejected = [*batch.rejected, *inserted.conflicts]
        kept = await keep(connection, batch.messages, rejected, batch.plant.topics)
        if len(inserted.new):
            gained = gains(inserted.new, points)
            await copy_gains(connection, gained, arrivals(inserted.new.received_us))
            await note(connection, _together(inserted.new, judged.corrected))
            await connection.execute(ADD_GAINS_AND_ANNOUNCE)
        else:
            await connection.execute(ANNOUNCE)
        await make_anew(connection, judged.was, judged.corrected, points)
    duplicates = batch.duplicates + inserted.duplicates
    return Counts(len(inserted.new), duplicates, kept.reasons.total(), *kept)


def _together(new: Rows, corrected: Rows) -> Rows:
    if not len(corrected):
        return new
    both = joined(new, corrected)
    return both.take(np.lexsort((both.ts_us, both.point_id)))


async def share_site(connection: asyncpg.Connection, plant: Plant) -> None:
    """Raise SiteChanged unless a plant is as it is described now, and until the commit."""
    await connection.execute(_SQL["share_site"])
    if await site_version(connection) != plant.description.version:
        raise SiteChanged


async def _marked(connection: asyncpg.Connection, rows: Rows, memory: Memory) -> Rows:
    """Return rows with the marks of the windows that they lie in."""
    if not len(rows):
        return rows
    from_us = int(rows.ts_us.min())
    memory.windows = await current_windows(connection, memory.windows, from_us)
    return with_checks(rows, rows.checks | memory.windows.marks(rows))


async def _insert_new(connection: asyncpg.Connection, rows: Rows) -> _Inserted:
    if len(rows):
        await copy_rows(connection, "reading", rows)
    return _Inserted(rows, 0, [])


async def _insert_staged(connection: asyncpg.Connection, rows: Rows) -> _Inserted:
    await copy_rows(connection, "staged_reading", rows)
    inserted = set(map(tuple, await connection.fetch(_SQL["insert_staged"])))
    keys = list(zip(rows.point_id.tolist(), rows.ts_us.tolist(), strict=True))
    is_new = np.fromiter((key in inserted for key in keys), bool, len(keys))
    known = await _stored(connection, rows.take(~is_new))
    conflicts = []
    for row in np.flatnonzero(~is_new).tolist():
        record = known[keys[row]]
        if not _same(rows, row, record["value"], record["status"]):
            conflicts.append(conflict(rows, row, record["value"]))
    duplicates = len(rows) - len(inserted) - len(conflicts)
    return _Inserted(rows.take(is_new), duplicates, conflicts)


async def _stored(
    connection: asyncpg.Connection, rows: Rows
) -> dict[tuple[int, int], asyncpg.Record]:
    """Return what is stored under the keys of staged rows; a question looks into one span only."""
    await connection.execute(_SQL["plan_with_bounds"])
    span = spans(rows)
    found = {}
    for number in np.unique(span):
        ts_us = rows.ts_us[span == number]
        bounds = aware(int(ts_us.min())), aware(int(ts_us.max()))
        for record in await connection.fetch(_SQL["stored"], *bounds):
            found[record["point_id"], record["ts_us"]] = record
    return found


def _same(rows: Rows, row: int, value: float | None, status: int) -> bool:
    ours: np.float64 = rows.value[row]
    same_value = np.isnan(ours) if value is None else ours == value
    return bool(same_value) and rows.status[row] == status
