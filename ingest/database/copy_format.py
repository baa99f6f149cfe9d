"""PostgreSQL's binary COPY format, encoded by numpy for whole columns at once.

Format: https://www.postgresql.org/docs/17/sql-copy.html, "Binary Format".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01, seen from 1970

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
_TRAILER = b"\xff\xff"


@dataclass(frozen=True)
class Column:
    """Values of one column and their big-endian type; `null` marks where there is none."""

    values: NDArray[Any]
    kind: str
    null: NDArray[np.bool_] | None = None


def int2(values: NDArray[Any]) -> Column:
    """Return a `smallint` column."""
    return Column(values, ">i2")


def int4(values: NDArray[Any]) -> Column:
    """Return an `int` column."""
    return Column(values, ">i4")


def float8(values: NDArray[np.float64]) -> Column:
    """Return a `double precision` column; NaN is NULL."""
    return Column(values, ">f8", np.isnan(values))


def timestamptz(us: NDArray[np.int64], null: NDArray[np.bool_] | None = None) -> Column:
    """Return a `timestamptz` column from microseconds since 1970 UTC."""
    return Column(us - POSTGRES_EPOCH_US, ">i8", null)


def spread(column: Column, there: NDArray[np.bool_]) -> Column:
    """Return a longer column: the values of `column` at the rows that `there` marks, else NULL."""
    values = np.zeros(len(there), column.values.dtype)
    values[there] = column.values
    null = ~there
    if column.null is not None:
        null[there] = column.null
    return Column(values, column.kind, null)


def encode(*parts: Sequence[Column]) -> bytes:
    """Return rows in binary COPY format, header and trailer included; all parts of one table."""
    return b"".join((_HEADER, *map(_encoded, parts), _TRAILER))


def _encoded(columns: Sequence[Column]) -> bytes:
    layout = [("fields", ">i2")]
    for number, column in enumerate(columns):
        layout += [(f"size{number}", ">i4"), (f"value{number}", column.kind)]
    table = np.empty(len(columns[0].values), np.dtype(layout))
    table["fields"] = len(columns)
    for number, column in enumerate(columns):
        table[f"size{number}"] = np.dtype(column.kind).itemsize
        table[f"value{number}"] = column.values
        if column.null is not None:
            table[f"size{number}"][column.null] = -1
    return _without_nulls(table, columns)


def _without_nulls(table: NDArray[Any], columns: Sequence[Column]) -> bytes:
    """Return the table's bytes; a NULL has a size of -1 and no value, so its bytes are cut out."""
    nullable = [
        (f"value{number}", column.null)
        for number, column in enumerate(columns)
        if column.null is not None and column.null.any()
    ]
    if not nullable:
        return table.tobytes()
    stay = np.ones((len(table), table.dtype.itemsize), bool)
    for name, null in nullable:
        kind, offset = table.dtype.fields[name][:2]  # type: ignore[index]
        stay[null, offset : offset + kind.itemsize] = False
    return table.view(np.uint8).reshape(stay.shape)[stay].tobytes()
