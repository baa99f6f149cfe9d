"""Readings of one point, from the database into columns, without an object for each value."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa

from dashboard.exports.slices import ROWS_PER_SLICE, Slice
from schemas.queries import queries

_SQL = queries("trial_package")
_HEADER_BYTES = 19
_TRAILER_BYTES = 2
_UNIX_OF_2000_US = round(datetime.fromisoformat("2000-01-01T00:00:00Z").timestamp() * 1e6)
# A row of PostgreSQL's binary COPY: the number of fields, then for each its length and its bytes.
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        *(("ts_bytes", ">i4"), ("ts", ">i8"), ("value_bytes", ">i4"), ("value", ">f8")),
        *(("status_bytes", ">i4"), ("status", ">i2"), ("qc_bytes", ">i4"), ("qc", ">i2")),
        *(("checks_bytes", ">i4"), ("checks", ">i4")),
        *(("received_bytes", ">i4"), ("received_at", ">i8")),
    ]
)
_MOMENT = pa.timestamp("us", "UTC")
# More than a usual slice has, so that it is one question; an hour may have any number.
BLOCK_ROWS_MAX = 2 * ROWS_PER_SLICE


def blocks(
    connection: psycopg.Connection[Any],
    point_id: int,
    part: Slice,
    rows_max: int = BLOCK_ROWS_MAX,
) -> Iterator[pa.Table]:
    """Yield all readings of a slice as `fetch` returns them, at most `rows_max` at a time."""
    while True:
        block = fetch(connection, point_id, part, rows_max)
        yield block
        if len(block) < rows_max:
            return
        last = block["ts"][-1].as_py()
        part = replace(part, start=last + timedelta(microseconds=1))


def fetch(
    connection: psycopg.Connection[Any], point_id: int, part: Slice, rows_max: int = BLOCK_ROWS_MAX
) -> pa.Table:
    """Return ts, value (null if missing), qc, checks, status and received_at, in order of ts."""
    parameters = {
        "point": point_id,
        "start": part.start,
        "end": part.end,
        "limit_rows": rows_max,
    }
    with (
        connection.cursor() as cursor,
        cursor.copy(_SQL["copy_readings"], parameters) as copy,
    ):
        data = b"".join(bytes(block) for block in copy)
    rows = np.frombuffer(data[_HEADER_BYTES:-_TRAILER_BYTES], dtype=_ROW)
    return pa.table(
        {
            "ts": _moments(rows["ts"]),
            "value": pa.array(rows["value"].astype("f8"), from_pandas=True),
            "qc": pa.array(rows["qc"].astype("i1")),
            "checks": pa.array(rows["checks"].astype("i4")),
            "status": pa.array(rows["status"].astype("i2")),
            "received_at": _moments(rows["received_at"]),
        }
    )


def _moments(stored: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array(stored.astype("i8") + _UNIX_OF_2000_US).cast(_MOMENT)
