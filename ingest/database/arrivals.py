"""Readings that were stored, counted by the time of their reception."""

import asyncpg
import numpy as np

from ingest.decoding.columns import Rows
from ingest.decoding.timestamps import aware
from schemas.queries import queries

BUCKET_US = 10_000_000

_SQL = queries("arriving")


async def note_arrivals(connection: asyncpg.Connection, rows: Rows) -> None:
    """Count rows that were new, in the caller's transaction. Raises asyncpg's errors."""
    buckets, place, counts = np.unique(
        rows.received_us // BUCKET_US, return_inverse=True, return_counts=True
    )
    newest = np.zeros(len(buckets), dtype=np.int64)
    np.maximum.at(newest, place, rows.received_us)
    await connection.execute(
        _SQL["note_arrivals"],
        [aware(int(each) * BUCKET_US) for each in buckets],
        counts.tolist(),
        [aware(int(each)) for each in newest],
    )
