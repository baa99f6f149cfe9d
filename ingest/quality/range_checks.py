"""The checks that need only the reading itself and its point."""

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.quality.verdicts import bit, with_checks
from schemas.check_rule import END_OF_RANGE_SHARE
from schemas.quality import KNOWN_WRONG, Check

SOURCE_BAD_SEVERITY = 2


def checked(rows: Rows, points: Points) -> Rows:
    """Return the rows with the mask of the checks that fired, and the verdict.

    Each is judged by the bounds in force at its own time, however late it came.
    """
    definition = points.definition(rows.point_id, rows.ts_us)
    range_lo, range_hi, typical_lo, typical_hi = points.bounds_of(definition)
    severity = _severity(rows)
    # A comparison with NaN, a missing bound or value, is false.
    outside_range = (rows.value < range_lo) | (rows.value > range_hi)
    outside_typical = (rows.value < typical_lo) | (rows.value > typical_hi)
    late_after_us = points.rules.late_after_us[definition]
    checks = (
        rows.checks
        | bit(outside_range, Check.INSTRUMENT_RANGE)
        | bit(outside_typical, Check.TYPICAL_RANGE)
        | bit(severity == 1, Check.SOURCE_UNCERTAIN)
        | bit(severity >= SOURCE_BAD_SEVERITY, Check.SOURCE_BAD)
        | bit(np.isnan(rows.value), Check.NO_VALUE)
        | bit(_at_an_end(rows.value, definition, points) & ~outside_range, Check.END_OF_RANGE)
        | bit(rows.received_us - rows.ts_us > late_after_us, Check.LATE)
    )
    return with_checks(rows, checks)


def usable(rows: Rows, points: Points, definition: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mark what can be a neighbour: a value that is neither impossible nor known to be wrong.

    That is known by its source, and by people.
    """
    range_lo, range_hi, _, _ = points.bounds_of(definition)
    impossible = (rows.value < range_lo) | (rows.value > range_hi)
    impossible |= points.rules.never_zero[definition] & (rows.value == 0.0)
    found: NDArray[np.bool_] = ~np.isnan(rows.value) & ~impossible
    found &= (rows.checks & np.int32(KNOWN_WRONG)) == 0
    return found & (_severity(rows) < SOURCE_BAD_SEVERITY)


def beyond_range(rows: Rows, points: Points) -> NDArray[np.intp]:
    """Return 1 for values above the instrument's range, -1 for those below it, 0 for others.

    And 0 for what is known to be wrong by its source, or by people.
    """
    range_lo, range_hi, _, _ = points.bounds_of(points.definition(rows.point_id, rows.ts_us))
    is_known_wrong = (rows.checks & np.int32(KNOWN_WRONG)) != 0
    is_known_wrong |= _severity(rows) >= SOURCE_BAD_SEVERITY
    side = (rows.value > range_hi).astype(np.intp) - (rows.value < range_lo)
    return np.where(is_known_wrong, 0, side)


def _at_an_end(
    value: NDArray[np.float64], definition: NDArray[np.intp], points: Points
) -> NDArray[np.bool_]:
    range_lo, range_hi, _, _ = points.bounds_of(definition)
    near = END_OF_RANGE_SHARE * (range_hi - range_lo)
    rules = points.rules
    found: NDArray[np.bool_] = rules.low_end[definition] & (value <= range_lo + near)
    found |= rules.high_end[definition] & (value >= range_hi - near)
    found |= rules.never_zero[definition] & (value == 0.0)
    return found


def _severity(rows: Rows) -> NDArray[np.int32]:
    return (rows.status.astype(np.int32) & 0xFFFF) >> 14
