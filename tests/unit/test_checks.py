"""The checks on a batch: the bounds of the point, the source's status, no value."""

import numpy as np
import pytest

from ingest.decoding.columns import rows_of
from ingest.decoding.points import Points
from ingest.quality.range_checks import checked
from schemas.quality import Check, Qc, stored_status
from schemas.reading import Reading
from tests.fixtures.plants import POINTS

UNCERTAIN, BAD = stored_status(0x4090_0000), stored_status(0x808A_0000)


@pytest.mark.parametrize(
    ("point_id", "value", "status", "before", "checks", "qc"),
    [
        (1, 563.2, 0, 0, Check(0), Qc.GOOD),
        (1, 300.0, 0, 0, Check(0), Qc.GOOD),
        (1, 299.9, 0, 0, Check.TYPICAL_RANGE, Qc.SUSPECT),
        (1, 2500.0, 0, 0, Check.TYPICAL_RANGE, Qc.SUSPECT),
        (1, 2500.1, 0, 0, Check.TYPICAL_RANGE | Check.INSTRUMENT_RANGE, Qc.FAIL),
        (1, -0.1, 0, 0, Check.TYPICAL_RANGE | Check.INSTRUMENT_RANGE, Qc.FAIL),
        (3, -1e300, 0, 0, Check(0), Qc.GOOD),
        (4, -5.0, 0, 0, Check(0), Qc.GOOD),
        (4, 100.1, 0, 0, Check.INSTRUMENT_RANGE, Qc.FAIL),
        (1, 563.2, UNCERTAIN, 0, Check.SOURCE_UNCERTAIN, Qc.SUSPECT),
        (1, 563.2, BAD, 0, Check.SOURCE_BAD, Qc.FAIL),
        (1, 563.2, stored_status(0xC000_0000), 0, Check.SOURCE_BAD, Qc.FAIL),
        (1, None, BAD, 0, Check.SOURCE_BAD | Check.NO_VALUE, Qc.MISSING),
        (1, 563.2, 0, Check.SERVER_TIME, Check.SERVER_TIME, Qc.GOOD),
        (1, 563.2, 0, Check.AMBIGUOUS_LOCAL_TIME, Check.AMBIGUOUS_LOCAL_TIME, Qc.SUSPECT),
    ],
)
def test_checks_and_verdict(point_id, value, status, before, checks, qc) -> None:
    reading = Reading(point_id, 0, value, status, Qc.UNKNOWN, before, 0)
    rows = checked(rows_of([reading], [0]), Points(POINTS))
    assert (rows.checks[0], rows.qc[0]) == (checks, qc)
    assert value is None or rows.value[0] == value


def test_each_row_is_judged_by_its_own_point() -> None:
    readings = [Reading(id_, 0, 50.0, 0, Qc.UNKNOWN, 0, 0) for id_ in (4, 2, 1, 3, 2)]
    rows = checked(rows_of(readings, range(5)), Points(POINTS))
    assert rows.qc.tolist() == [Qc.GOOD, Qc.FAIL, Qc.SUSPECT, Qc.GOOD, Qc.FAIL]


def test_nothing_is_fine_too() -> None:
    assert len(checked(rows_of([], []), Points(POINTS))) == 0
    assert len(checked(rows_of([], []), Points([]))) == 0
    assert np.array_equal(rows_of([], []).value, [])
