"""Columns on their way into the database, by binary COPY in the order of the tables' columns."""

from collections.abc import AsyncIterator, Sequence

import asyncpg
import numpy as np

from ingest.database.arrivals import Arrivals
from ingest.database.copy_format import Column, encode, float8, int2, int4, spread, timestamptz
from ingest.database.rollup import NO_BUCKET, Gains
from ingest.decoding.columns import Rows

# Places in `staged_gain`.
GAIN_COLUMN_N = 4
GAIN_COLUMN_RECEIVED_AT = -1


async def copy_rows(connection: asyncpg.Connection, table: str, rows: Rows) -> None:
    """Copy readings into `reading` or `staged_reading`.

    Raises asyncpg.UniqueViolationError if the table has one of the keys already.
    """
    await _copy(connection, table, (int4(rows.point_id), *_measured(rows)))


async def copy_verdicts(connection: asyncpg.Connection, rows: Rows) -> None:
    """Copy the verdicts of readings into `staged_verdict`."""
    columns = (int4(rows.point_id), timestamptz(rows.ts_us), int2(rows.qc), int4(rows.checks))
    await _copy(connection, "staged_verdict", columns)


async def copy_gains(connection: asyncpg.Connection, gained: Gains, arrived: Arrivals) -> None:
    """Copy what the rollups, `latest` and the arrivals gain into `staged_gain`."""
    partials, newest, ends_point = gained.partials, gained.newest, gained.ends_point
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
        *(spread(column, ends_point) for column in _measured(newest)),
    )
    await _copy(connection, "staged_gain", columns, _arrived(columns, arrived))


def _arrived(gain: Sequence[Column], arrived: Arrivals) -> list[Column]:
    """Return arrivals as rows of the gains: they have a number and a time of reception only."""
    nothing = np.ones(len(arrived.readings), bool)
    columns = [
        Column(np.zeros(len(nothing), each.values.dtype), each.kind, nothing) for each in gain
    ]
    columns[GAIN_COLUMN_N] = int4(arrived.readings)
    columns[GAIN_COLUMN_RECEIVED_AT] = timestamptz(arrived.newest_us)
    return columns


def _measured(rows: Rows) -> tuple[Column, ...]:
    return (
        timestamptz(rows.ts_us),
        float8(rows.value),
        int2(rows.status),
        int2(rows.qc),
        int4(rows.checks),
        timestamptz(rows.received_us),
    )


async def _copy(connection: asyncpg.Connection, table: str, *parts: Sequence[Column]) -> None:
    # asyncpg reads a file in another thread, and an iterable in this one.
    await connection.copy_to_table(table, source=_once(encode(*parts)), format="binary")


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
