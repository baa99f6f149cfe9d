"""Stored readings as columns."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.quality.rejudge import STORED


def stored_rows(columns: Iterable[Any]) -> Rows:
    """Return lists of point_id, ts_us, value, status, qc and checks as rows; None is an empty list.

    A list for each column comes as one record: a record for each row is an object that the garbage
    collector looks at, and while it does nothing else of the process goes on. `source` is STORED;
    `received_us` is 0 where it was not asked for, as a seventh column.
    """
    point_id, ts_us, value, status, qc, checks, *received = (each or () for each in columns)
    count = len(point_id)
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


def no_stored_rows() -> Rows:
    """Return rows without any."""
    return stored_rows([()] * 6)


def is_among(rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """Tell which rows have the key of another one."""
    keys = set(zip(others.point_id.tolist(), others.ts_us.tolist(), strict=True))
    own = zip(rows.point_id.tolist(), rows.ts_us.tolist(), strict=True)
    return np.fromiter((key in keys for key in own), bool, len(rows))
