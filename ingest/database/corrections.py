"""Verdicts that are others now: in the readings, their rollups and `latest`, in one transaction."""

from dataclasses import replace

import asyncpg
import numpy as np

from ingest.database.arrivals import NO_ARRIVALS
from ingest.database.connection import ADD_ROLLUPS
from ingest.database.rollup import (
    FIVE_MINUTES_US,
    HOUR_US,
    NO_BUCKET,
    Gains,
    Partials,
    by_five_minutes,
    by_hour,
    by_local_day,
    gains,
)
from ingest.database.staging import copy_gains, copy_verdicts
from ingest.database.stored_rows import no_stored_rows, stored_rows
from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from schemas.quality import Qc
from schemas.queries import queries

SPANS = ("5m", "1h", "1d")
# A local day is up to 25 hours long; what is of the next one falls into another bucket.
_ROLLUPS = (
    (by_five_minutes, "5m", FIVE_MINUTES_US),
    (by_hour, "1h", HOUR_US),
    (by_local_day, "1d", 26 * HOUR_US),
)

_SQL = queries("ingest")


async def correct(connection: asyncpg.Connection, was: Rows, now: Rows, points: Points) -> None:
    """Store verdicts of stored readings; `was` and `now` are the same rows, before and after.

    Where other rows are used now, `make_anew` must follow. Raises asyncpg's errors.
    """
    if not len(now):
        return
    order = np.lexsort((now.ts_us, now.point_id))
    was, now = was.take(order), now.take(order)
    await copy_verdicts(connection, now)
    bounds = aware(int(now.ts_us.min())), aware(int(now.ts_us.max()))
    await connection.execute(_SQL["correct_readings"], *bounds)
    await connection.execute(_SQL["correct_latest"])
    await connection.execute(_SQL["clear_verdicts"])
    await _add_to_rollups(connection, was, now, points)


async def _add_to_rollups(
    connection: asyncpg.Connection, was: Rows, now: Rows, points: Points
) -> None:
    """Add what the good ones become more or fewer by; what is used is the same."""
    before, after = gains(was, points), gains(now, points)
    partials = after.partials
    nothing = np.zeros(len(partials), np.int32)
    unknown = np.full(len(partials), np.nan)
    difference = replace(
        partials,
        n=nothing,
        n_used=nothing,
        n_good=partials.n_good - before.partials.n_good,
        sum=np.zeros(len(partials)),
        sum_good=partials.sum_good - before.partials.sum_good,
        min=unknown,
        max=unknown,
        first=unknown,
        last=unknown,
    )
    nobody = np.zeros(len(partials), bool)
    await copy_gains(
        connection,
        Gains(difference, after.buckets_us, now.take(slice(0)), nobody),
        NO_ARRIVALS,
    )
    await connection.execute(ADD_ROLLUPS)
    await connection.execute(_SQL["clear_gains"])


async def make_anew(connection: asyncpg.Connection, was: Rows, now: Rows, points: Points) -> None:
    """Make the rollups anew in which others are used than before, from all that is stored.

    The last of a transaction. What was dropped is not stored any more, and no verdict of it
    changes. Raises asyncpg's errors.
    """
    changed = now.take((was.qc == Qc.FAIL) != (now.qc == Qc.FAIL))
    if not len(changed):
        return
    await connection.execute(_SQL["plan_with_bounds"])
    for make, span, length_us in _ROLLUPS:
        touched = make(changed, points)
        for point in np.unique(touched.point_id).tolist():
            buckets_us = touched.bucket_us[touched.point_id == point]
            for begin_us in buckets_us.tolist():
                columns = await connection.fetchrow(
                    _SQL["readings_between"], point, aware(begin_us), aware(begin_us + length_us)
                )
                whole = make(stored_rows(columns), points)
                await _replace(connection, whole.take(whole.bucket_us == begin_us), span)


async def _replace(connection: asyncpg.Connection, partials: Partials, span: str) -> None:
    buckets_us = np.full((3, len(partials)), NO_BUCKET)
    buckets_us[list(SPANS).index(span)] = partials.bucket_us
    nobody = np.zeros(len(partials), bool)
    nothing = no_stored_rows()
    await connection.execute(_SQL["clear_gains"])
    await copy_gains(connection, Gains(partials, buckets_us, nothing, nobody), NO_ARRIVALS)
    await connection.execute(_SQL["make_rollup_anew"].format(span=span))
    await connection.execute(_SQL["clear_gains"])
