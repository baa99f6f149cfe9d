"""Readings as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.reading import Reading


@dataclass(frozen=True)
class Rows:
    """n readings as columns of n; `source` is the index of the message that a reading came in.

    `value` is NaN where the source said that it has none. Units as in schemas.reading.Reading.
    """

    point_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    status: NDArray[np.int16]
    qc: NDArray[np.int16]
    checks: NDArray[np.int32]
    received_us: NDArray[np.int64]
    source: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[Any] | slice) -> "Rows":
        """Return the rows of a mask, an array of positions, or a slice."""
        return Rows(*(getattr(self, column.name)[index] for column in fields(self)))


def joined(head: Rows, tail: Rows) -> Rows:
    """Return the rows of both."""
    return concatenated((head, tail))


def concatenated(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts; at least one."""
    names = [column.name for column in fields(Rows)]
    return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def bare_rows(
    point_id: NDArray[np.int32], ts_us: NDArray[np.int64], value: NDArray[np.float64]
) -> Rows:
    """Return rows of which no more is known than point, time and value."""
    nothing = np.zeros(len(point_id), np.int16)
    wide = nothing.astype(np.int32)
    return Rows(point_id, ts_us, value, nothing, nothing, wide, wide.astype(np.int64), wide)


def rows_of(readings: Sequence[Reading], sources: Sequence[int]) -> Rows:
    """Turn readings into columns; `sources` has the index of each reading's message."""
    if not readings:
        readings_t: Sequence[Sequence[object]] = [()] * 7
    else:
        readings_t = list(zip(*readings, strict=True))
    point_id, ts_us, value, status, qc, checks, received_us = readings_t
    return Rows(
        np.array(point_id, np.int32),
        np.array(ts_us, np.int64),
        np.array(value, np.float64),  # None becomes NaN
        np.array(status, np.int16),
        np.array(qc, np.int16),
        np.array(checks, np.int32),
        np.array(received_us, np.int64),
        np.array(sources, np.int32),
    )
