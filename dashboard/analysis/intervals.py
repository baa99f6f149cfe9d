"""Which interval was expected between the readings of a point, and from when on.

A plant changes an interval, or loads old data at another resolution. What was read before is judged
by the interval that was in force then. Moments are milliseconds since 1970-01-01 UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

ON_CHANGE_INTERVAL_S = 60.0  # what a point that is sent on change is taken to send at worst

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Intervals:
    """The expected intervals of a point, stretch by stretch.

    Args:
        starts_ms: When each stretch begins, rising; at least one. What is before the first belongs
            to it.
        lengths_s: The interval of each stretch in seconds; None where readings are sent on change.
    """

    starts_ms: tuple[float, ...]
    lengths_s: tuple[float | None, ...]

    @classmethod
    def of(cls, starts_ms: Sequence[float], lengths_s: Sequence[float | None]) -> "Intervals":
        """Return intervals from columns of the database."""
        return cls(tuple(starts_ms), tuple(lengths_s))

    @classmethod
    def always(cls, length_s: float | None) -> "Intervals":
        """Return an interval that never changed."""
        return cls((-np.inf,), (length_s,))

    @property
    def longest_s(self) -> float | None:
        """The longest interval of all; None if readings were ever sent on change."""
        known = [length for length in self.lengths_s if length is not None]
        return max(known) if len(known) == len(self.lengths_s) else None

    def at(self, x_ms: ArrayLike) -> Floats:
        """Return the interval in seconds in force at each moment; NaN where sent on change."""
        places = np.searchsorted(self.starts_ms, x_ms, side="right") - 1
        return self._lengths(np.nan)[np.maximum(places, 0)]

    def regular_s(self, start_ms: float, end_ms: float) -> float:
        """Return for how many seconds of [start, end) any interval was in force."""
        return float(self.regular_each_s(start_ms, end_ms))

    def regular_each_s(self, starts_ms: ArrayLike, ends_ms: ArrayLike) -> Floats:
        """Return for how many seconds of each [start, end) any interval was in force."""
        regular = ~np.isnan(self._lengths(np.nan))
        widths_s: Floats = self._widths_s(starts_ms, ends_ms)[..., regular].sum(axis=-1)
        return widths_s

    def readings(self, start_ms: float, end_ms: float) -> float:
        """Return how many readings were expected in [start, end), at worst where sent on change."""
        widths_s = self._widths_s(start_ms, end_ms)
        return float((widths_s / self._lengths(ON_CHANGE_INTERVAL_S)).sum())

    def _lengths(self, on_change_s: float) -> Floats:
        return np.array([on_change_s if one is None else one for one in self.lengths_s])

    def _widths_s(self, starts_ms: ArrayLike, ends_ms: ArrayLike) -> Floats:
        """Return how many seconds of each [start, end) fall into each stretch, [..., stretch]."""
        starts = np.asarray(starts_ms, float)[..., np.newaxis]
        ends = np.maximum(starts, np.asarray(ends_ms, float)[..., np.newaxis])
        edges = np.clip([-np.inf, *self.starts_ms[1:], np.inf], starts, ends)
        return np.diff(edges) / 1000.0


ON_CHANGE = Intervals.always(None)
