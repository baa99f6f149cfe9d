"""Windows of work and verdicts of people: which readings lie within one. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows

END_US = np.iinfo(np.int64).max
Span = tuple[int, int, int, int]
"""A point, from when on, before when (microseconds since 1970 UTC), and the mask of the kind."""


class Windows:
    """Spans of points in which readings are marked; they may overlap.

    Args:
        spans: In any order; one that is open ends at END_US.
        version: The newest entry that they follow from.
        from_us: What ended before this moment is not among them.
    """

    def __init__(self, spans: Sequence[Span], version: int = -1, from_us: int = END_US) -> None:
        self.version = version
        self.from_us = from_us
        columns = np.array(sorted(spans), np.int64).reshape(-1, 4).T
        self._point_id, self._starts_us, self._ends_us, self._mask = columns

    def marks(self, rows: Rows) -> NDArray[np.int32]:
        """Return what marks each row, sorted by (point_id, ts_us); 0 where nothing does."""
        found = np.zeros(len(rows), np.int32)
        if not len(rows) or not len(self._point_id):
            return found
        meets = (self._starts_us <= rows.ts_us.max()) & (self._ends_us > rows.ts_us.min())
        meets &= np.isin(self._point_id, rows.point_id)
        for at in np.flatnonzero(meets).tolist():
            point_id = self._point_id[at]
            begin, end = np.searchsorted(rows.point_id, (point_id, point_id + 1))
            span_us = (self._starts_us[at], self._ends_us[at])
            first, last = begin + np.searchsorted(rows.ts_us[begin:end], span_us)
            found[first:last] |= np.int32(self._mask[at])
        return found

    def points_at(self, at_us: int, mask: int) -> frozenset[int]:
        """Return the points that a window of some kinds marks at a moment."""
        inside = (self._starts_us <= at_us) & (self._ends_us > at_us) & (self._mask & mask != 0)
        return frozenset(self._point_id[inside].tolist())


NO_WINDOWS = Windows(())
