"""What checks and rollups must know about the points, as columns to look up in."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Point:
    """One point: where it stands, and the bounds of its values in its unit (None: no bound)."""

    point_id: int
    site: str
    line: str
    key: str
    time_zone: str
    range_lo: float | None = None
    range_hi: float | None = None
    typical_lo: float | None = None
    typical_hi: float | None = None


class Points:
    """Columns of all points, ordered by their number."""

    def __init__(self, points: Iterable[Point]) -> None:
        """Raises zoneinfo.ZoneInfoNotFoundError for a zone that this machine does not know."""
        ordered = sorted(points, key=lambda point: point.point_id)
        names = sorted({point.time_zone for point in ordered})
        self._ids = np.array([point.point_id for point in ordered], np.int32)
        bounds = [(p.range_lo, p.range_hi, p.typical_lo, p.typical_hi) for p in ordered]
        self._bounds = np.array(bounds, np.float64).reshape(-1, 4)  # None becomes NaN
        self._zone = np.array([names.index(point.time_zone) for point in ordered], np.intp)
        self._zones = [ZoneInfo(name) for name in names]

    def __len__(self) -> int:
        return len(self._ids)

    def bounds(self, point_id: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the bounds of each row's point, shape (4, n), in the order of `Point`.

        NaN where there is none. All ids must be known.
        """
        return self._bounds[self._position(point_id)].T

    def by_zone(self, point_id: NDArray[np.int32]) -> list[tuple[ZoneInfo, NDArray[np.bool_]]]:
        """Return the zones that occur, each with the mask of the rows whose site is there."""
        zone = self._zone[self._position(point_id)]
        return [(self._zones[number], zone == number) for number in np.unique(zone)]

    def _position(self, point_id: NDArray[np.int32]) -> NDArray[np.intp]:
        return np.searchsorted(self._ids, point_id)
