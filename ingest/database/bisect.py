"""Makes a batch smaller until the database takes it, and finds the row that it never takes."""

from dataclasses import replace

import asyncpg

from ingest.batch import Batch, cut_by_time, divided, prepare
from ingest.counts import Counts
from ingest.database.error_classes import Kind, kind_of
from ingest.database.looks import cut_by_look
from ingest.database.plant_loader import load
from ingest.database.quarantine import storable
from ingest.database.writer import SiteChanged, write
from ingest.decoding.acceptance import Limits
from ingest.decoding.rejection import Reason, Rejection
from ingest.quality.memory import Memory
from schemas.queries import queries

ROW_LIMIT_TRIES = 3  # of a row that alone takes longer than a statement may
PROBE_TIMEOUT_S = 2.0

_SQL = queries("ingest")


async def write_judged(
    connection: asyncpg.Connection, batch: Batch, limits: Limits, memory: Memory
) -> Counts:
    """Write a batch as `write_halving` does; if the site has changed, judge it anew first."""
    committed = 0
    while True:
        try:
            counts = await write_halving(connection, batch, memory)
        except SiteChanged as changed:
            committed += changed.committed
            batch = prepare(batch.messages, await load(connection, limits))
        else:  # what was stored before is known now
            return replace(
                counts,
                committed=counts.committed + committed,
                duplicates=counts.duplicates - committed,
            )


async def write_halving(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> Counts:
    """Write a batch, cut by time; what the database refuses or cannot do in time is halved.

    One bad row among n costs about 2 log2(n) transactions. The message of a row that stands alone
    and is refused, or was too slow ROW_LIMIT_TRIES times, goes into quarantine. Raises SiteChanged,
    and what asyncpg raises for every other error; what was committed until then is known when the
    batch is written again.
    """
    counts = Counts()
    for part in cut_by_time(batch):
        for stretch in await cut_by_look(connection, part):
            try:
                counts += await _write_halving(connection, stretch, memory, ROW_LIMIT_TRIES)
            except SiteChanged as changed:
                raise SiteChanged(counts.committed + changed.committed) from None
    return counts


async def _write_halving(
    connection: asyncpg.Connection, batch: Batch, memory: Memory, row_tries: int
) -> Counts:
    count = len(batch.rows)
    try:
        return await write(connection, batch, memory)
    except (asyncpg.PostgresError, TimeoutError) as error:
        kind = await _kind_of(connection, error)
        if count == 0 or kind in (Kind.TRANSIENT, Kind.BUG):
            raise
        if count == 1 and kind is Kind.TOO_LARGE:
            raise
        sentence = storable(str(error)) or "the database did not store it in time"
    if count == 1 and kind is Kind.TOO_SLOW and row_tries > 1:
        return await _write_halving(connection, batch, memory, row_tries - 1)
    if count == 1:
        source = int(batch.rows.source[0])
        rejected = [*batch.rejected, (source, Rejection(Reason.REFUSED, sentence))]
        return await write(
            connection, replace(batch, rows=batch.rows.take(slice(0)), rejected=rejected), memory
        )
    middle = count // 2
    halves = (batch.rows.take(slice(middle)), batch.rows.take(slice(middle, None)))
    left, right = divided(batch, halves)
    return await _write_halving(connection, left, memory, row_tries) + await _write_halving(
        connection, right, memory, row_tries
    )


async def _kind_of(connection: asyncpg.Connection, error: BaseException) -> Kind:
    """Classify an error; a database that was too slow answers a small question at once."""
    if not isinstance(error, TimeoutError):
        return kind_of(error)
    try:
        await connection.fetchval(_SQL["answers"], timeout=PROBE_TIMEOUT_S)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Kind.TRANSIENT
    return Kind.TOO_SLOW
