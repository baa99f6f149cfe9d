"""Stored readings as columns."""

from collections.abc import Sequence

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.quality.rejudge import STORED


def stored_rows(records: Sequence[asyncpg.Record]) -> Rows:
    """Return records of point_id, ts_us, value, status, qc and checks as rows.

    `source` is STORED; `received_us` is 0 where it was not asked for, as a seventh column.
    """
    columns = list(zip(*records, strict=True)) if records else [()] * 6
    point_id, ts_us, value, status, qc, checks, *received = columns
    count = len(records)
    return Rows(
        np.array(point_id, np.int32),
        np.array(ts_us, np.int64),
        np.array(value, np.float64),
        np.array(status, np.int16),
        np.array(qc, np.int16),
        np.array(checks, np.int32),
        np.array(received[0], np.int64) if received else np.zeros(count, np.int64),
        np.full(count, STORED, np.int32),
    )


def is_among(rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """Tell which rows have the key of another one."""
    keys = set(zip(others.point_id.tolist(), others.ts_us.tolist(), strict=True))
    own = zip(rows.point_id.tolist(), rows.ts_us.tolist(), strict=True)
    return np.fromiter((key in keys for key in own), bool, len(rows))
