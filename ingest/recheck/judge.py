"""What stored readings are judged by: a plant as it is described, and the windows in it."""

from typing import NamedTuple

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ingest.database.windows import current_windows
from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.decoding.site_snapshot import Plant
from ingest.quality.windows import NO_WINDOWS


class Slice(NamedTuple):
    """All readings of a point from one device time to another, microseconds since 1970 UTC."""

    point_id: int
    from_us: int
    to_us: int


class Judge:
    """Knows the points, which of them are `known` and `calculated`, and remembers the windows."""

    def __init__(self, plant: Plant) -> None:
        points = plant.description.points
        self.plant = plant
        self.known = frozenset(point.point_id for point in points)
        self.calculated = frozenset(point.point_id for point in points if point.is_calculated)
        self._windows = NO_WINDOWS

    @property
    def points(self) -> Points:
        """All points."""
        return self.plant.points

    def span(self, point_id: int, from_us: int, to_us: int) -> Slice:
        """Return what may be judged otherwise if the readings of a known point in a time are."""
        reach_us = self.points.reach_us(point_id)
        return Slice(point_id, from_us - reach_us, to_us + reach_us)

    async def marks(
        self, connection: asyncpg.Connection, rows: Rows, from_us: int
    ) -> NDArray[np.int32]:
        """Return how windows mark rows, sorted, from a moment on, as `current_windows` does."""
        self._windows = await current_windows(connection, self._windows, from_us)
        return self._windows.marks(rows)
