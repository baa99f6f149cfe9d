"""Rollups: what new readings add to each five minutes, hour and local day of their points."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.database.local_days import local_day_us
from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from schemas.quality import Qc

FIVE_MINUTES_US = 300_000_000
HOUR_US = 3_600_000_000
NO_BUCKET = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Partials:
    """What k buckets gain, as columns of k; meanings as in 0004_reading.sql.

    Where `n_used` is 0, min, max, first and last are NaN, and their stamps mean nothing.
    """

    point_id: NDArray[np.int32]
    bucket_us: NDArray[np.int64]
    n: NDArray[np.int32]
    n_used: NDArray[np.int32]
    n_good: NDArray[np.int32]
    sum: NDArray[np.float64]
    sum_good: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    first: NDArray[np.float64]
    first_us: NDArray[np.int64]
    last: NDArray[np.float64]
    last_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[Any]) -> "Partials":
        """Return the buckets of a mask or an array of positions."""
        return Partials(*(getattr(self, column.name)[index] for column in fields(self)))


@dataclass(frozen=True)
class Gains:
    """What the rollups by five minutes, hour and local day gain together, in k rows.

    `buckets_us` has their buckets in that order, shape (3, k); NO_BUCKET where a row is none of a
    rollup's. `newest` has the last reading of each point, and `ends_point` marks as many of the
    rows, in the same order.
    """

    partials: Partials
    buckets_us: NDArray[np.int64]
    newest: Rows
    ends_point: NDArray[np.bool_]


def gains(rows: Rows, points: Points) -> Gains:
    """Return what `rows`, sorted by (point_id, ts_us), add to all rollups and to `latest`."""
    fives = by_five_minutes(rows, points)
    newest = rows.take(_ends(rows.point_id))
    ends_point = _ends(fives.point_id)
    if ends_point.all():
        five_us = fives.bucket_us
        day_us = _local_day_us(fives.point_id, five_us, points)
        if points.has_unit_through(fives.point_id, day_us, five_us):
            # Each point has five minutes only, so its hour and its day gain the same.
            buckets_us = np.array([five_us, five_us - five_us % HOUR_US, day_us])
            return Gains(fives, buckets_us, newest, ends_point)
    parts = (fives, by_hour(rows, points), by_local_day(rows, points))
    columns = [[getattr(part, each.name) for part in parts] for each in fields(Partials)]
    whole = Partials(*map(np.concatenate, columns))
    rollup = np.repeat(np.arange(3), [len(part) for part in parts])
    mine = rollup == np.arange(3)[:, np.newaxis]
    ends_point = np.pad(ends_point, (0, len(whole) - len(fives)))
    return Gains(whole, np.where(mine, whole.bucket_us, NO_BUCKET), newest, ends_point)


def by_five_minutes(rows: Rows, points: Points) -> Partials:
    """Return what `rows`, sorted by (point_id, ts_us), add to the five minutes."""
    return _partials(rows, rows.ts_us - rows.ts_us % FIVE_MINUTES_US, points)


def by_hour(rows: Rows, points: Points) -> Partials:
    """Return what `rows`, sorted by (point_id, ts_us), add to the UTC hours."""
    return _partials(rows, rows.ts_us - rows.ts_us % HOUR_US, points)


def by_local_day(rows: Rows, points: Points) -> Partials:
    """Return what `rows`, sorted by (point_id, ts_us), add to the days of their sites."""
    return _partials(rows, _local_day_us(rows.point_id, rows.ts_us, points), points)


def _ends(point_id: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Mark the last row of each point."""
    ends = np.ones(len(point_id), bool)
    ends[:-1] = point_id[1:] != point_id[:-1]
    return ends


def _partials(rows: Rows, bucket_us: NDArray[np.int64], points: Points) -> Partials:
    """Sum up the buckets, each in the unit that its point has at the bucket's begin."""
    value = points.in_unit_at(rows.value, rows.point_id, rows.ts_us, bucket_us)
    count = len(rows)
    begins = np.ones(count, bool)
    begins[1:] = (rows.point_id[1:] != rows.point_id[:-1]) | (bucket_us[1:] != bucket_us[:-1])
    start = np.flatnonzero(begins)
    has_value = ~np.isnan(value)
    used = has_value & (rows.qc != Qc.FAIL)
    good = has_value & (rows.qc <= Qc.UNKNOWN)
    position = np.arange(count)
    n_used = np.add.reduceat(used, start, dtype=np.int32)
    # The first used row of a bucket and the last one; anything where there is none.
    first = np.minimum.reduceat(np.where(used, position, count - 1), start)
    last = np.maximum.reduceat(np.where(used, position, 0), start)
    with np.errstate(over="ignore"):  # a sum beyond 64 bits is infinite, as in the database
        total = np.add.reduceat(np.where(used, value, 0.0), start)
        total_good = np.add.reduceat(np.where(good, value, 0.0), start)
    return Partials(
        point_id=rows.point_id[start],
        bucket_us=bucket_us[start],
        n=np.diff(start, append=count).astype(np.int32),
        n_used=n_used,
        n_good=np.add.reduceat(good, start, dtype=np.int32),
        sum=total,
        sum_good=total_good,
        min=_known(np.minimum.reduceat(np.where(used, value, np.inf), start), n_used),
        max=_known(np.maximum.reduceat(np.where(used, value, -np.inf), start), n_used),
        first=_known(value[first], n_used),
        first_us=rows.ts_us[first],
        last=_known(value[last], n_used),
        last_us=rows.ts_us[last],
    )


def _local_day_us(
    point_id: NDArray[np.int32], ts_us: NDArray[np.int64], points: Points
) -> NDArray[np.int64]:
    day_us = np.empty_like(ts_us)
    for zone, there in points.by_zone(point_id):
        day_us[there] = local_day_us(ts_us[there], zone)
    return day_us


def _known(column: NDArray[Any], n_used: NDArray[np.int32]) -> NDArray[np.float64]:
    return np.where(n_used > 0, column, np.nan)
