"""Cuts a batch so that the looks around its readings do not read too much of what is stored."""

import asyncpg
import numpy as np

from ingest.batch import Batch, cut_by_stretch, far_apart
from ingest.decoding.timestamps import DAY_US, aware
from schemas.queries import queries

STORED_LIMIT_ROWS = 100_000
"""As many stored readings are read for one transaction, besides twice as many as it writes."""

# From wide to narrow. Each part is a transaction, and a reading an hour makes many narrow ones.
_GAPS_US = (DAY_US, 0)

_SQL = queries("ingest")


async def cut_by_look(connection: asyncpg.Connection, batch: Batch) -> list[Batch]:
    """Return batches, in order of time, for each of which one look around the readings will do.

    A look reads all that is stored of a point from its first new reading to its last one. A batch
    stays whole while that is little: what is newer than all that is stored lies beside nothing,
    however far apart it is. Raises asyncpg's errors.
    """
    parts = [batch]
    for gap_us in _GAPS_US:
        finer: list[Batch] = []
        for part in parts:
            is_small = await _reads_little(connection, part)
            finer += [part] if is_small else cut_by_stretch(part, gap_us)
        parts = finer
    return parts


async def _reads_little(connection: asyncpg.Connection, batch: Batch) -> bool:
    """Tell whether the points with readings far from each other have little stored in between."""
    is_far = far_apart(batch)
    if not is_far.any():
        return True
    rows = batch.rows
    ids, first, count = np.unique(rows.point_id, return_index=True, return_counts=True)
    scattered = np.isin(ids, rows.point_id[1:][is_far])
    from_us, to_us = rows.ts_us[first][scattered], rows.ts_us[first + count - 1][scattered]
    stored_rows: float = await connection.fetchval(
        _SQL["stored_within"],
        ids[scattered].tolist(),
        [aware(us) for us in from_us.tolist()],
        [aware(us) for us in to_us.tolist()],
    )
    return stored_rows <= STORED_LIMIT_ROWS + 2 * len(rows)
