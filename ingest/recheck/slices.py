"""A slice: some readings of one point in a row, as they are stored, and as they are judged now."""

import asyncio
from dataclasses import dataclass

import asyncpg
import numpy as np

from ingest.database.stored_rows import stored_rows
from ingest.decoding.columns import Rows, bare_rows, joined
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from ingest.quality.around import GAP_LIMIT_US
from ingest.quality.dead_values import dead
from ingest.quality.pair import disagrees
from ingest.quality.series import judged
from ingest.quality.verdicts import bit, with_checks
from ingest.recheck.judge import Judge, Slice
from schemas.quality import OF_WINDOWS, Check
from schemas.queries import queries

SLICE_LIMIT_READINGS = 1_000  # of one point, which nobody writes meanwhile
DEAD = np.int32(Check.DEAD_VALUE)
MARKS = np.int32(OF_WINDOWS)

_SQL = queries("recheck")
_INGEST_SQL = queries("ingest")


@dataclass(frozen=True)
class Found:
    """How many readings were looked at; those that are judged otherwise now, before and after.

    A few of them may be of other points: what their device sent of the same moments.
    """

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
    """Judge a slice by all that decides about it. In a transaction; raises asyncpg's errors."""
    await connection.execute(_INGEST_SQL["plan_with_bounds"])
    points = judge.points
    reach_us = points.reach_us(part.point_id)
    since_us, until_us = part.from_us - reach_us, part.to_us + reach_us
    bounds = map(aware, (since_us - GAP_LIMIT_US, since_us, until_us))
    around = stored_rows(await connection.fetch(_SQL["series"], part.point_id, *bounds))
    marks = await judge.marks(connection, around, since_us - GAP_LIMIT_US)
    stored, around = around, with_checks(around, (around.checks & ~MARKS) | marks)
    anew = await asyncio.to_thread(judged, around, points)
    anew = await _with_pairs(connection, part.point_id, anew, points)
    inside = (around.ts_us >= part.from_us) & (around.ts_us <= part.to_us)
    was, now = stored.take(inside), anew.take(inside)
    now = await _with_dead(connection, now, points)
    is_other = now.checks != was.checks
    was, now = was.take(is_other), now.take(is_other)
    is_turned = ((was.checks ^ now.checks) & DEAD) != 0
    if is_turned.any() and points.devices.of(now.point_id[:1])[0] >= 0:
        mates_was, mates_now = await _mates(connection, now.take(is_turned), points)
        was, now = joined(was, mates_was), joined(now, mates_now)
    return Found(int(np.count_nonzero(inside)), was, now)


async def _with_pairs(
    connection: asyncpg.Connection, point_id: int, rows: Rows, points: Points
) -> Rows:
    """Return rows of one point with the check of what it is held beside."""
    checks = rows.checks.copy()
    for pair in points.pairs.of(point_id) if len(rows) else ():
        since_us = int(rows.ts_us[0]) - pair.stands_us
        bounds = map(aware, (since_us, since_us, int(rows.ts_us[-1])))
        other = stored_rows(await connection.fetch(_SQL["series"], pair.other_id, *bounds))
        checks |= bit(disagrees(rows, other, pair.name, points), Check.PLAUSIBLE_PAIR)
    return with_checks(rows, checks)


async def _with_dead(connection: asyncpg.Connection, rows: Rows, points: Points) -> Rows:
    """Return rows of one point with the check of dead values: what its device sent at once."""
    is_zero = (rows.value == 0.0) & (points.devices.of(rows.point_id) >= 0)
    if not is_zero.any():
        return rows
    zeros = rows.take(is_zero)
    members, _ = points.devices.members(points.devices.of(zeros.point_id[:1]))
    measured = members[points.devices.measures(members) & (members != zeros.point_id[0])]
    bounds = aware(int(zeros.ts_us[0])), aware(int(zeros.ts_us[-1]))
    records = await connection.fetch(_SQL["zeros_together"], measured.tolist(), *bounds)
    found = dead(joined(zeros, _zeros(records)), points)[: len(zeros)]
    checks = rows.checks.copy()
    checks[is_zero] |= bit(found, Check.DEAD_VALUE)
    return with_checks(rows, checks)


def _zeros(records: list[asyncpg.Record]) -> Rows:
    ids = [point for record in records for point in record["point_ids"]]
    moments_us = [record["ts_us"] for record in records for _ in record["point_ids"]]
    count = len(ids)
    return bare_rows(np.array(ids, np.int32), np.array(moments_us, np.int64), np.zeros(count))


async def _mates(connection: asyncpg.Connection, rows: Rows, points: Points) -> tuple[Rows, Rows]:
    """Return what else the device sent at the moments of rows, before and after, if it differs."""
    members, _ = points.devices.members(points.devices.of(rows.point_id[:1]))
    others = members[members != rows.point_id[0]].tolist()
    moments = [aware(us) for us in rows.ts_us.tolist()]
    was = stored_rows(
        await connection.fetch(
            _INGEST_SQL["at_moments"],
            others * len(moments),
            [each for each in moments for _ in others],
            moments[0],
            moments[-1],
        )
    )
    found = dead(joined(was, rows), points)[: len(was)]
    now = with_checks(was, (was.checks & ~DEAD) | bit(found, Check.DEAD_VALUE))
    is_other = now.checks != was.checks
    return was.take(is_other), now.take(is_other)
