"""Windows that people entered, as columns: work on an instrument, and their own verdicts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ingest.decoding.points import Point


class EnteredWindows:
    """All windows of all points; a reading in [starts, ends) of one has its check."""

    def __init__(self, points: "Iterable[Point]") -> None:
        windows = [(point.point_id, *window) for point in points for window in point.windows]
        table = np.array(windows, np.int64).reshape(-1, 4)
        self._point_id, self._check, self._starts_us, self._ends_us = table.T

    def checks(self, point_id: NDArray[np.int32], ts_us: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the checks of the windows that each row lies in."""
        found = np.zeros(len(point_id), np.int32)
        if not len(self._point_id) or not len(found):
            return found
        touched = (self._starts_us <= ts_us.max()) & (self._ends_us > ts_us.min())
        touched &= np.isin(self._point_id, point_id)
        for place in np.flatnonzero(touched).tolist():
            there = point_id == self._point_id[place]
            there &= (ts_us >= self._starts_us[place]) & (ts_us < self._ends_us[place])
            found[there] |= np.int32(self._check[place])
        return found
