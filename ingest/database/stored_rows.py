"""Stored readings as columns."""

from collections.abc import Sequence

import asyncpg
import numpy as np

from ingest.decoding.columns import Rows
from ingest.quality.rejudge import STORED


def stored_rows(records: Sequence[asyncpg.Record]) -> Rows:
    """Return records of point_id, ts_us, value, status, qc and checks as rows.

    `source` is STORED; when they were received is not asked for.
    """
    columns = list(zip(*records, strict=True)) if records else [()] * 6
    point_id, ts_us, value, status, qc, checks = columns
    count = len(records)
    return Rows(
        np.array(point_id, np.int32),
        np.array(ts_us, np.int64),
        np.array(value, np.float64),
        np.array(status, np.int16),
        np.array(qc, np.int16),
        np.array(checks, np.int32),
        np.zeros(count, np.int64),
        np.full(count, STORED, np.int32),
    )
