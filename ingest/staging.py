"""Columns on their way into the database, by binary COPY in the order of the tables' columns."""

from collections.abc import AsyncIterator, Sequence

import asyncpg

from ingest.copy_format import Column, encode, float8, int2, int4, timestamptz
from ingest.rollup import NO_BUCKET, Gains
from ingest.rows import Rows


async def copy_rows(connection: asyncpg.Connection, table: str, rows: Rows) -> None:
    """Copy readings into `reading`, `staged_reading` or `staged_latest`.

    Raises asyncpg.UniqueViolationError if the table has one of the keys already.
    """
    columns = (
        int4(rows.point_id),
        timestamptz(rows.ts_us),
        float8(rows.value),
        int2(rows.status),
        int2(rows.qc),
        int4(rows.checks),
        timestamptz(rows.received_us),
    )
    await _copy(connection, table, columns)


async def copy_gains(connection: asyncpg.Connection, gained: Gains) -> None:
    """Copy what the rollups gain into `staged_rollup`."""
    partials = gained.partials
    unused = partials.n_used == 0
    columns = (
        int4(partials.point_id),
        *(timestamptz(bucket_us, bucket_us == NO_BUCKET) for bucket_us in gained.buckets_us),
        int4(partials.n),
        int4(partials.n_used),
        int4(partials.n_good),
        Column(partials.sum, ">f8"),
        Column(partials.sum_good, ">f8"),
        float8(partials.min),
        float8(partials.max),
        float8(partials.first),
        timestamptz(partials.first_us, unused),
        float8(partials.last),
        timestamptz(partials.last_us, unused),
    )
    await _copy(connection, "staged_rollup", columns)


async def _copy(connection: asyncpg.Connection, table: str, columns: Sequence[Column]) -> None:
    # asyncpg reads a file in another thread, and an iterable in this one.
    await connection.copy_to_table(table, source=_once(encode(columns)), format="binary")


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
