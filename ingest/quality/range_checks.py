"""The checks that need only the reading itself and its point."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from schemas.quality import Check, verdict

_VERDICTS = np.array([verdict(Check(mask)) for mask in range(2 * max(Check))], np.int16)


def checked(rows: Rows, points: Points) -> Rows:
    """Return the rows with the mask of the checks that fired, and the verdict.

    Each is judged by the bounds in force at its own time, however late it came.
    """
    range_lo, range_hi, typical_lo, typical_hi = points.bounds(rows.point_id, rows.ts_us)
    severity = (rows.status.astype(np.int32) & 0xFFFF) >> 14
    # A comparison with NaN, a missing bound or value, is false.
    outside_range = (rows.value < range_lo) | (rows.value > range_hi)
    outside_typical = (rows.value < typical_lo) | (rows.value > typical_hi)
    checks = (
        rows.checks
        | _bit(outside_range, Check.INSTRUMENT_RANGE)
        | _bit(outside_typical, Check.TYPICAL_RANGE)
        | _bit(severity == 1, Check.SOURCE_UNCERTAIN)
        | _bit(severity >= 2, Check.SOURCE_BAD)
        | _bit(np.isnan(rows.value), Check.NO_VALUE)
    )
    return replace(rows, checks=checks, qc=_VERDICTS[checks])


def _bit(fired: NDArray[np.bool_], check: Check) -> NDArray[np.int32]:
    return np.where(fired, np.int32(check), np.int32(0))
