"""What checks and rollups must know about the points, as columns to look up in."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.devices import Devices
from ingest.decoding.pairs import Pairs
from ingest.decoding.point import BEGINNING_US, Point
from ingest.decoding.rules import Rules

Floats = NDArray[np.float64]


class Points:
    """Columns of all points, ordered by their number; and of their definitions, by time."""

    def __init__(self, points: Iterable[Point]) -> None:
        """Raises zoneinfo.ZoneInfoNotFoundError for a zone that this machine does not know."""
        ordered = sorted(points, key=lambda point: point.point_id)
        names = sorted({point.time_zone for point in ordered})
        self._ids = np.array([point.point_id for point in ordered], np.int32)
        self._zone = np.array([names.index(point.time_zone) for point in ordered], np.intp)
        self._zones = [ZoneInfo(name) for name in names]
        dated = [each for point in ordered for each in point.definitions]
        counts = [len(point.definitions) for point in ordered]
        self._newest = np.cumsum(counts, dtype=np.intp) - 1
        self._since_us = np.array([each.since_us for each in dated], np.int64)
        self._since_us[self._newest - np.array(counts, np.intp) + 1] = BEGINNING_US
        bounds = [(d.range_lo, d.range_hi, d.typical_lo, d.typical_hi) for d in dated]
        self._bounds = np.array(bounds, np.float64).reshape(-1, 4)  # None becomes NaN
        self._scale = np.array([each.scale for each in dated], np.float64)
        self._offset = np.array([each.offset for each in dated], np.float64)
        self.rules = Rules([each.rule for each in dated])
        looks = self.rules.looks_around
        self._looks = np.array(
            [
                looks[end - count : end].any()
                for end, count in zip(self._newest + 1, counts, strict=True)
            ],
            bool,
        )
        self.devices = Devices(ordered)
        self.pairs = Pairs(ordered)
        self._one_unit = bool(np.all(self._scale == 1.0) and np.all(self._offset == 0.0))

    def __len__(self) -> int:
        return len(self._ids)

    def looks_around(self, point_id: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell which points have, or had, a check that needs the readings beside one."""
        return self._looks[self.position(point_id)]

    def bounds_of(self, definition: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the bounds of definitions, shape (4, n), in the order of `Point`.

        NaN where there is none.
        """
        return self._bounds[definition].T

    def in_unit_at(
        self,
        value: NDArray[np.float64],
        point_id: NDArray[np.int32],
        ts_us: NDArray[np.int64],
        moment_us: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Return values that were read at `ts_us` in the unit that their point has at `moment_us`.

        The same array where no unit differs.
        """
        if self._one_unit:
            return value
        own, other = self.definition(point_id, ts_us), self.definition(point_id, moment_us)
        scale, offset = self._scale, self._offset
        differs = (scale[own] != scale[other]) | (offset[own] != offset[other])
        if not differs.any():
            return value
        newest = value * scale[own] + offset[own]
        return np.where(differs, (newest - offset[other]) / scale[other], value)

    def has_unit_through(
        self,
        point_id: NDArray[np.int32],
        from_us: NDArray[np.int64],
        to_us: NDArray[np.int64],
    ) -> bool:
        """Tell whether each point had one unit from one moment to the other."""
        if self._one_unit:
            return True
        first, last = self.definition(point_id, from_us), self.definition(point_id, to_us)
        same = (self._scale[first] == self._scale[last]) & (
            self._offset[first] == self._offset[last]
        )
        return bool(same.all())

    def units_of(self, point_id: int) -> tuple[list[int], list[float], list[float]]:
        """Return from when on which unit holds for a known point, the first from the beginning.

        Each with scale and offset that make its values ones of the newest unit.
        """
        own = self._own(point_id)
        return self._since_us[own].tolist(), self._scale[own].tolist(), self._offset[own].tolist()

    def reach_us(self, point_id: int) -> int:
        """Return how far from a reading of a known point another one can lie that decides about it.

        Under any of the point's definitions, and of this point or of one that it is held against.
        """
        own = self._own(point_id)
        return int(max(self.rules.reach_us[own].max(), self.rules.pair_reach_us[own].max()))

    def in_newest_unit(self, value: Floats, definition: NDArray[np.intp]) -> Floats:
        """Return values that were read under definitions in the newest unit of their points."""
        return value * self._scale[definition] + self._offset[definition]

    def scale_of(self, definition: int) -> float:
        """Return by what a difference of a definition is multiplied in the newest unit."""
        return float(self._scale[definition])

    def is_converted(self, point_id: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell which points had several units."""
        if self._one_unit:
            return np.zeros(len(point_id), bool)
        differs = (self._scale != 1.0) | (self._offset != 0.0)
        first = np.append(0, self._newest[:-1] + 1)
        found: NDArray[np.bool_] = np.logical_or.reduceat(differs, first)[self.position(point_id)]
        return found

    def by_zone(self, point_id: NDArray[np.int32]) -> list[tuple[ZoneInfo, NDArray[np.bool_]]]:
        """Return the zones that occur, each with the mask of the rows whose site is there."""
        zone = self._zone[self.position(point_id)]
        return [(self._zones[number], zone == number) for number in np.unique(zone)]

    def definition(self, point_id: NDArray[np.int32], ts_us: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the place of the definition in force at each row's time, in `rules` too."""
        place = self._newest[self.position(point_id)]
        late = ts_us < self._since_us[place]
        while late.any():  # as often as the definitions of one point are old
            place = place - late
            late = ts_us < self._since_us[place]
        return place

    def position(self, point_id: NDArray[np.int32]) -> NDArray[np.intp]:
        """Return the place of each point among all, in order of their numbers."""
        return np.searchsorted(self._ids, point_id)

    def _own(self, point_id: int) -> slice:
        """Return where the definitions of a known point are."""
        last = int(self._newest[np.searchsorted(self._ids, point_id)])
        first = last
        while self._since_us[first] != BEGINNING_US:
            first -= 1
        return slice(first, last + 1)
