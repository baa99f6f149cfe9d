"""Lines with gaps, and the band between smallest and largest value that keeps every spike visible.

Arrays are one-dimensional float64 of equal length, in order of time; x in milliseconds since
1970-01-01 UTC. NaN is a place where a line is interrupted.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.intervals import Intervals

Floats = NDArray[np.float64]

GAP_INTERVALS = 3.0  # a line does not cross more than this many expected intervals


def gap_after_ms(x: Floats, intervals: Intervals, step_s: float) -> Floats:
    """Return for each pair of neighbours the distance in milliseconds from which it is not joined.

    It is judged by the longer interval of its two ends, and is infinite where either is sent on
    change. The answer is one shorter than `x`.

    Args:
        x: Moments of readings, or of buckets.
        intervals: The intervals that were expected.
        step_s: Width of a bucket in seconds, 0 for raw readings. Buckets carry their begin, and
            readings may lie at either end of them, hence the extra step.
    """
    interval_s = intervals.at(x)
    interval_s[np.isnan(interval_s)] = np.inf
    return (GAP_INTERVALS * np.maximum(interval_s[1:], interval_s[:-1]) + step_s) * 1000.0


def broken(x: Floats, gap_ms: Floats, *columns: Floats) -> tuple[Floats, ...]:
    """Return x and the columns with a NaN row wherever neighbours are more than `gap_ms` apart."""
    cuts = np.flatnonzero(np.diff(x) > gap_ms) + 1
    if not cuts.size:
        return (x, *columns)
    middles = (x[cuts - 1] + x[cuts]) / 2
    nothing = np.full(cuts.size, np.nan)
    return (np.insert(x, cuts, middles), *(np.insert(c, cuts, nothing) for c in columns))


def band(x: Floats, low: Floats, high: Floats, gap_ms: Floats) -> tuple[Floats, Floats]:
    """Return the outline (x, y) of the area between `low` and `high`.

    Each stretch without a gap or a NaN is a closed polygon of its own: forth along `high`, back
    along `low`; polygons are separated by NaN. An extreme of a single reading is a corner of it.
    """
    outline_x: list[Floats] = []
    outline_y: list[Floats] = []
    nothing = np.array([np.nan])
    for part in _stretches(x, np.isnan(low) | np.isnan(high), gap_ms):
        outline_x += [x[part], x[part][::-1], nothing]
        outline_y += [high[part], low[part][::-1], nothing]
    if not outline_x:
        return np.empty(0), np.empty(0)
    return np.concatenate(outline_x[:-1]), np.concatenate(outline_y[:-1])


def _stretches(x: Floats, missing: NDArray[np.bool_], gap_ms: Floats) -> list[slice]:
    edges = np.flatnonzero((np.diff(x) > gap_ms) | missing[1:] | missing[:-1]) + 1
    bounds = [0, *edges.tolist(), x.size]
    return [
        slice(begin, end) for begin, end in pairwise(bounds) if end > begin and not missing[begin]
    ]
