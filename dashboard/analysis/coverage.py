"""How much of a window the good readings cover."""

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.intervals import Intervals


def covered_s(
    x_ms: NDArray[np.float64], n_good: NDArray[np.int64], intervals: Intervals, step_s: float
) -> float:
    """Return the seconds that good readings cover in buckets of `step_s` seconds.

    A reading stands for one interval, the one in force at the begin `x_ms` of its bucket. A bucket
    counts at most its own width (or one interval, where that is wider), so that a burst in one
    bucket cannot hide a gap in another. Where readings are sent on change nothing is counted.
    """
    interval_s = intervals.at(x_ms)
    covered = np.minimum(n_good * interval_s, np.maximum(interval_s, step_s))
    return float(np.nansum(covered))


def coverage(covered: float, intervals: Intervals, start_ms: float, end_ms: float) -> float | None:
    """Return the covered share, 0 to 1, of that part of [start, end) in which readings were due.

    None if there is no such part: the silence of a point that is sent on change says nothing.
    """
    regular_s = intervals.regular_s(start_ms, end_ms)
    return min(1.0, covered / regular_s) if regular_s > 0 else None
