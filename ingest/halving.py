"""Finds the one row that the database refuses among many, and stores the rest."""

from dataclasses import replace

import asyncpg

from ingest.batch import Batch
from ingest.counts import Counts
from ingest.quarantine import storable
from ingest.rejection import Reason, Rejection
from ingest.sqlstates import Kind, kind_of
from ingest.writer import write


async def write_halving(connection: asyncpg.Connection, batch: Batch) -> Counts:
    """Write a batch; if the database refuses it, halve it until the refused rows stand alone.

    One bad row among n costs about 2 log2(n) transactions. The message of a refused row goes into
    quarantine. Raises what asyncpg raises for every other error; what was committed until then is
    known when the batch is written again.
    """
    try:
        return await write(connection, batch)
    except asyncpg.PostgresError as error:
        count = len(batch.rows)
        if kind_of(error) is not Kind.POISON or count == 0:
            raise
        refusal = Rejection(Reason.REFUSED, storable(str(error)))
    if count == 1:
        source = int(batch.rows.source[0])
        rejected = [*batch.rejected, (source, refusal)]
        return await write(
            connection, replace(batch, rows=batch.rows.take(slice(0)), rejected=rejected)
        )
    middle = count // 2
    left = replace(batch, rows=batch.rows.take(slice(middle)))
    right = replace(batch, rows=batch.rows.take(slice(middle, None)), rejected=(), duplicates=0)
    return await write_halving(connection, left) + await write_halving(connection, right)
