"""Which points one device sends, as columns to look up in."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.point import Point

LEAST_POINTS = 3


class Devices:
    """The devices that send several measurements; all ids must be known, as in `Points`."""

    def __init__(self, points: Sequence[Point]) -> None:
        """`points` are in order of their numbers."""
        measured = Counter(point.device for point in points if point.is_measured and point.device)
        names = [name for name, count in measured.items() if count >= LEAST_POINTS]
        place = {name: number for number, name in enumerate(names)}
        self._ids = np.array([point.point_id for point in points], np.int32)
        self._device = np.array([place.get(point.device or "", -1) for point in points], np.int32)
        self._measures = np.array([point.is_measured for point in points], bool)
        self._never_zero = np.array([point.rule.never_zero for point in points], bool)
        self.count = len(names)

    def of(self, point_id: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the number of the device of each row; -1 for none."""
        return self._device[self._place(point_id)]

    def measures(self, point_id: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell which points measure something, and do not count, switch or set it."""
        return self._measures[self._place(point_id)]

    def never_zero(self, point_id: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell of which points exactly zero is no measurement."""
        return self._never_zero[self._place(point_id)]

    def members(self, devices: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the points of some devices, and the device of each."""
        there = np.isin(self._device, devices)
        return self._ids[there], self._device[there]

    def _place(self, point_id: NDArray[np.int32]) -> NDArray[np.intp]:
        return np.searchsorted(self._ids, point_id)
