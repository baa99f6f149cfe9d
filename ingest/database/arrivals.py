"""Readings that were stored, counted by the time of their reception."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BUCKET_US = 10_000_000


class Arrivals(NamedTuple):
    """Ten seconds each, k of them: how many readings came in them, and when the newest one did.

    Moments are microseconds since 1970 UTC.
    """

    readings: NDArray[np.int32]
    newest_us: NDArray[np.int64]


def arrivals(received_us: NDArray[np.int64]) -> Arrivals:
    """Count readings [n] by the time of their reception."""
    ordered = np.sort(received_us)
    bucket = ordered // BUCKET_US
    ends = np.flatnonzero(np.diff(bucket, append=bucket[-1:] + 1))
    return Arrivals(np.diff(ends, prepend=-1).astype(np.int32), ordered[ends])


NO_ARRIVALS = Arrivals(np.zeros(0, np.int32), np.zeros(0, np.int64))
