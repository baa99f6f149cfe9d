"""Readings of many points as columns, and those of one point by time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Readings:
    """n readings as columns, in order of (point, time); a value that there is not is NaN.

    Moments are microseconds since 1970 UTC.
    """

    point_id: NDArray[np.int32]
    ts_us: Ints
    value: NDArray[np.float64]
    qc: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[np.bool_] | Places) -> "Readings":
        """Return the readings of a mask or of places."""
        return Readings(self.point_id[index], self.ts_us[index], self.value[index], self.qc[index])


NO_READINGS = Readings(
    np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int16)
)


def joined(parts: Sequence[Readings]) -> Readings:
    """Return the readings of all parts; at least one."""
    names = [column.name for column in fields(Readings)]
    whole = Readings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    return whole.take(np.lexsort((whole.ts_us, whole.point_id)))


class Lookup:
    """Finds readings of points, for many questions at once.

    A point and a moment make one number that rises with both: the readings of a thousand points in
    a hundred years have room in its 63 bits.
    """

    def __init__(self, readings: Readings) -> None:
        ts_us = readings.ts_us
        self._ids, self._rank = np.unique(readings.point_id, return_inverse=True)
        self._origin_us = int(ts_us.min()) if len(ts_us) else 0
        self._width_us = int(ts_us.max()) - self._origin_us + 1 if len(ts_us) else 1
        self._key = self._rank * self._width_us + (ts_us - self._origin_us)

    def last(self, point_id: NDArray[np.int32], moment_us: Ints) -> Places:
        """Return the place of the last reading of each point up to a moment; -1 for none."""
        rank, is_there = self._ranked(point_id)
        place = self._up_to(rank, moment_us) - 1
        is_there &= place >= 0
        is_there[is_there] = self._rank[place[is_there]] == rank[is_there]
        return np.where(is_there, place, -1)

    def between(
        self, point_id: NDArray[np.int32], from_us: Ints, to_us: Ints
    ) -> tuple[Places, Places]:
        """Return from which to before which place the readings of each point in [from, to] are."""
        rank, is_there = self._ranked(point_id)
        offset_us = np.clip(from_us - self._origin_us, 0, self._width_us)
        begin = np.searchsorted(self._key, rank * self._width_us + offset_us)
        end = np.where(is_there, self._up_to(rank, to_us), begin)
        return begin, np.maximum(begin, end)

    def _ranked(self, point_id: NDArray[np.int32]) -> tuple[Places, NDArray[np.bool_]]:
        rank = np.searchsorted(self._ids, point_id)
        is_there = rank < len(self._ids)
        is_there[is_there] = self._ids[rank[is_there]] == point_id[is_there]
        return rank, is_there

    def _up_to(self, rank: Places, moment_us: Ints) -> Places:
        """Return the place after the last reading up to a moment."""
        offset_us = np.clip(moment_us - self._origin_us, -1, self._width_us - 1)
        place: Places = np.searchsorted(self._key, rank * self._width_us + offset_us, side="right")
        return place


def ranges(begin: Places, end: Places) -> Places:
    """Return the numbers of all ranges [begin, end), one after the other."""
    length = end - begin
    start = np.cumsum(length) - length
    numbers: Places = np.arange(int(length.sum())) + np.repeat(begin - start, length)
    return numbers
