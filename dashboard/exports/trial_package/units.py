"""The unit in which each reading of a point came."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa


class Units:
    """The units (UCUM) of a point, one after another.

    Args:
        dated: From when each counts, and the unit, in order of time; at least one. What is before
            the first belongs to it.
    """

    def __init__(self, dated: Sequence[tuple[datetime | None, str]]) -> None:
        self._units = pa.array([unit for _, unit in dated])
        later = [np.datetime64(at.replace(tzinfo=None), "us") for at, _ in dated[1:] if at]
        self._starts = np.array(later, dtype="datetime64[us]")

    @property
    def changed(self) -> bool:
        """Whether the point had more than one unit."""
        return len(self._units.unique()) > 1

    def of(self, block: pa.Table) -> pa.Table:
        """Return readings with their unit as a column `unit`."""
        moments = block["ts"].to_numpy()
        places = np.searchsorted(self._starts, moments, side="right")
        return block.append_column("unit", self._units.take(pa.array(places)))
