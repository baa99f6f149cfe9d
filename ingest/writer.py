"""One transaction for one batch: readings, rollups, `latest` and quarantine, or none of them."""

from typing import NamedTuple

import asyncpg
import numpy as np

from ingest.batch import Batch, conflict
from ingest.counts import Counts
from ingest.quarantine import keep
from ingest.rejection import Rejection
from ingest.rollup import gains, newest
from ingest.rows import Rows
from ingest.staging import copy_gains, copy_rows
from ingest.stamps import aware
from schemas.queries import queries

_SQL = queries("ingest")
_SPANS = ("1m", "1h", "1d")
_ADD = [_SQL["add_rollup"].format(span=span) for span in _SPANS]


class _Inserted(NamedTuple):
    """The rows that were new; how many were known; and what contradicts a stored value."""

    new: Rows
    duplicates: int
    conflicts: list[tuple[int, Rejection]]


async def write(connection: asyncpg.Connection, batch: Batch) -> Counts:
    """Write a batch and commit; what is stored already changes nothing.

    Raises what asyncpg raises; then nothing of the batch is stored, unless the connection was lost
    while the commit was under way: writing the batch again finds out.
    """
    async with connection.transaction():
        inserted = await _insert(connection, batch.rows)
        if len(inserted.new):
            await _roll_up(connection, batch, inserted.new)
        rejected = [*batch.rejected, *inserted.conflicts]
        quarantined = await keep(connection, batch.messages, rejected)
        await connection.execute(_SQL["announce"])
    duplicates = batch.duplicates + inserted.duplicates
    return Counts(len(inserted.new), duplicates, quarantined.total(), quarantined)


async def _insert(connection: asyncpg.Connection, rows: Rows) -> _Inserted:
    """Insert what is new: straight into the table, and the slow way only if that meets a key."""
    if not len(rows):
        return _Inserted(rows, 0, [])
    try:
        async with connection.transaction():  # a savepoint
            await copy_rows(connection, "reading", rows)
    except asyncpg.UniqueViolationError:
        return await _insert_staged(connection, rows)
    return _Inserted(rows, 0, [])


async def _insert_staged(connection: asyncpg.Connection, rows: Rows) -> _Inserted:
    await copy_rows(connection, "staged_reading", rows)
    inserted = set(map(tuple, await connection.fetch(_SQL["insert_staged"])))
    keys = list(zip(rows.point_id.tolist(), rows.ts_us.tolist(), strict=True))
    is_new = np.fromiter((key in inserted for key in keys), bool, len(keys))
    first, last = int(rows.ts_us.min()), int(rows.ts_us.max())
    stored = await connection.fetch(_SQL["stored"], aware(first), aware(last))
    known = {(record["point_id"], record["ts_us"]): record for record in stored}
    conflicts = []
    for row in np.flatnonzero(~is_new).tolist():
        record = known[keys[row]]
        if not _same(rows, row, record["value"], record["status"]):
            conflicts.append(conflict(rows, row, record["value"]))
    duplicates = len(rows) - len(inserted) - len(conflicts)
    return _Inserted(rows.take(is_new), duplicates, conflicts)


def _same(rows: Rows, row: int, value: float | None, status: int) -> bool:
    ours: np.float64 = rows.value[row]
    same_value = np.isnan(ours) if value is None else ours == value
    return bool(same_value) and rows.status[row] == status


async def _roll_up(connection: asyncpg.Connection, batch: Batch, new: Rows) -> None:
    await copy_gains(connection, gains(new, batch.plant.points))
    for statement in _ADD:
        await connection.execute(statement)
    await copy_rows(connection, "staged_latest", newest(new))
    await connection.execute(_SQL["advance_latest"])
