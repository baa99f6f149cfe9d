"""A slice: some readings of one point in a row, as they are stored, and as they are judged now."""

import asyncio
from dataclasses import dataclass

import asyncpg
import numpy as np

from ingest.database.dead_values import mark_dead
from ingest.database.stored_rows import stored_rows
from ingest.decoding.columns import Rows, joined
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from ingest.quality.around import GAP_LIMIT_US
from ingest.quality.pair import disagrees
from ingest.quality.series import judged
from ingest.quality.verdicts import bit, with_checks
from ingest.recheck.judge import Judge, Slice
from schemas.quality import OF_WINDOWS, Check
from schemas.queries import queries

SLICE_LIMIT_READINGS = 1_000  # of one point, which nobody writes while some of them change
MOMENTS_LIMIT_READINGS = 100_000  # of a device, at the moments at which one point of it reads zero
DEAD = np.int32(Check.DEAD_VALUE)
MARKS = np.int32(OF_WINDOWS)

_SQL = queries("recheck")
_INGEST_SQL = queries("ingest")


@dataclass(frozen=True)
class Found:
    """What was found up to `to_us`: how many readings were looked at, and those that are judged
    otherwise now, before and after.

    A few of them may be of other points: what their device sent of the same moments.
    """

    to_us: int
    looked_at: int
    was: Rows
    now: Rows


async def next_slice(connection: asyncpg.Connection, wanted: Slice) -> Slice:
    """Return the first part of a span that is no more than a slice. Raises asyncpg's errors."""
    end_us = await connection.fetchval(
        _SQL["end_of_slice"],
        wanted.point_id,
        aware(wanted.from_us),
        aware(wanted.to_us),
        SLICE_LIMIT_READINGS - 1,
    )
    return wanted if end_us is None else wanted._replace(to_us=end_us)


async def look(connection: asyncpg.Connection, part: Slice, judge: Judge) -> Found:
    """Judge a slice, or the begin of it, by all that decides about it.

    In a transaction; raises asyncpg's errors.
    """
    await connection.execute(_INGEST_SQL["plan_with_bounds"])
    points = judge.points
    reach_us = points.reach_us(part.point_id)
    since_us, until_us = part.from_us - reach_us, part.to_us + reach_us
    bounds = map(aware, (since_us - GAP_LIMIT_US, since_us, until_us))
    around = stored_rows(await connection.fetchrow(_SQL["series"], part.point_id, *bounds))
    marks = await judge.marks(connection, around, since_us - GAP_LIMIT_US)
    stored, around = around, with_checks(around, (around.checks & ~MARKS) | marks)
    anew = await asyncio.to_thread(judged, around, points)
    anew = await _with_pairs(connection, part.point_id, anew, points)
    inside = (around.ts_us >= part.from_us) & (around.ts_us <= part.to_us)
    was, now = stored.take(inside), anew.take(inside)
    count = _count_at_once(now, points)
    to_us = part.to_us if count == len(now) else int(now.ts_us[count - 1])
    was, now = was.take(slice(count)), now.take(slice(count))
    now, mates_was, mates_now = await _with_dead(connection, now, points)
    is_other = now.checks != was.checks
    was, now = joined(was.take(is_other), mates_was), joined(now.take(is_other), mates_now)
    return Found(to_us, count, was, now)


async def _with_pairs(
    connection: asyncpg.Connection, point_id: int, rows: Rows, points: Points
) -> Rows:
    """Return rows of one point with the check of what it is held against."""
    checks = rows.checks.copy()
    for pair in points.pairs.of(point_id) if len(rows) else ():
        since_us = int(rows.ts_us[0]) - pair.stands_us
        bounds = map(aware, (since_us, since_us, int(rows.ts_us[-1])))
        other = stored_rows(await connection.fetchrow(_SQL["series"], pair.other_id, *bounds))
        checks |= bit(disagrees(rows, other, pair.name, points), Check.PLAUSIBLE_PAIR)
    return with_checks(rows, checks)


def _count_at_once(rows: Rows, points: Points) -> int:
    """Return of how many rows of a point the device can be looked at: where it has many points, of
    few that read zero.
    """
    device = points.devices.of(rows.point_id[:1])
    if not len(device) or device[0] < 0:
        return len(rows)
    members, _ = points.devices.members(device)
    zeros = np.flatnonzero(rows.value == 0.0)
    limit = max(1, MOMENTS_LIMIT_READINGS // len(members))
    return len(rows) if len(zeros) <= limit else int(zeros[limit])


async def _with_dead(
    connection: asyncpg.Connection, rows: Rows, points: Points
) -> tuple[Rows, Rows, Rows]:
    """Return rows of one point with the check of dead values; and what else its device sent at
    their moments and is judged otherwise by it, before and after.
    """
    is_zero = (rows.value == 0.0) & (points.devices.of(rows.point_id) >= 0)
    if not is_zero.any():
        return rows, rows.take(slice(0)), rows.take(slice(0))
    is_dead, mates, is_mate_dead = await mark_dead(connection, rows.take(is_zero), points)
    checks = rows.checks.copy()
    checks[is_zero] |= bit(is_dead, Check.DEAD_VALUE)
    mates_now = with_checks(mates, (mates.checks & ~DEAD) | bit(is_mate_dead, Check.DEAD_VALUE))
    is_other = mates_now.checks != mates.checks
    return with_checks(rows, checks), mates.take(is_other), mates_now.take(is_other)
