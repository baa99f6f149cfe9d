"""One step of a recheck: a slice, in one transaction with how far the recheck has come."""

from collections.abc import Iterator
from uuid import UUID

import asyncpg
import numpy as np

from ingest.database.changes import note
from ingest.database.connection import ANNOUNCE
from ingest.database.rebuild import rebuild
from ingest.database.rollup import HOUR_US
from ingest.database.staging import copy_verdicts
from ingest.database.writer import share_site
from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from ingest.recheck.judge import Judge, Slice
from ingest.recheck.slices import Found, look, next_slice
from schemas.queries import queries

_SQL = queries("recheck")
_INGEST_SQL = queries("ingest")
_CALCULATION_SQL = queries("calculation")


async def take_step(
    connection: asyncpg.Connection, judge: Judge, recheck_id: UUID | None = None
) -> bool:
    """Judge the next slice anew; tell whether there was one that nobody else works on.

    `recheck_id` None: of any recheck. Raises SiteChanged if the judge is not of the site as it is
    now, and asyncpg's errors; then nothing has happened, but the next try is at another recheck.
    """
    claimed: list[UUID] = []
    try:
        async with connection.transaction():
            await share_site(connection, judge.plant)
            task = await connection.fetchrow(_SQL["claim"], recheck_id)
            if task is None:
                return False
            claimed.append(task["recheck_id"])
            await _work(connection, judge, task)
    except asyncpg.PostgresError:
        for each in claimed:
            await connection.execute(_SQL["put_back"], each)
        raise
    return True


async def _work(connection: asyncpg.Connection, judge: Judge, task: asyncpg.Record) -> None:
    point_id, place = task["point_id"], task["place"]
    looked_at = changed = 0
    next_us: int | None = None
    if point_id in judge.calculated:
        # Calculated anew: the process that does so follows this commit.
        due = [point_id], [task["from_us"]], [task["to_us"] + 1]
        await connection.execute(_CALCULATION_SQL["keep_due"], *due)
        await connection.execute(ANNOUNCE)
    elif point_id in judge.known:
        whole = judge.span(point_id, task["from_us"], task["to_us"])
        rest = whole._replace(from_us=task["next_us"] or whole.from_us)
        found = await judge_next(connection, rest, judge)
        looked_at, changed = found.looked_at, len(found.now)
        next_us = found.to_us + 1 if found.to_us < whole.to_us else None
    await connection.execute(
        _SQL["move"],
        task["recheck_id"],
        place if next_us is not None else place + 1,
        None if next_us is None else aware(next_us),
        looked_at,
        changed,
    )


async def judge_next(connection: asyncpg.Connection, rest: Slice, judge: Judge) -> Found:
    """Judge the first slice of a span, and store what is judged otherwise.

    Nobody waits for what stays as it is: the point is locked, and looked at again, only where
    something changes. What is stored meanwhile is judged by who stores it. Raises asyncpg's errors.
    """
    part = await next_slice(connection, rest)
    found = await look(connection, part, judge)
    if len(found.now):
        await connection.fetch(_INGEST_SQL["lock_points"], [part.point_id])
        found = await look(connection, part._replace(to_us=found.to_us), judge)
        await _store(connection, found, judge.points)
    return found


async def _store(connection: asyncpg.Connection, found: Found, points: Points) -> None:
    """Store what is judged otherwise; rollups, `latest` and followers have it at once."""
    if not len(found.now):
        return
    now = found.now.take(np.lexsort((found.now.ts_us, found.now.point_id)))
    ids = np.unique(now.point_id).tolist()
    await connection.fetch(_INGEST_SQL["lock_points"], ids)
    # Whoever remembers their newest readings as neighbours looks at them again.
    await connection.execute(_INGEST_SQL["take_over"], ids)
    await copy_verdicts(connection, now)
    await connection.execute(_SQL["count_verdicts"])
    for point_id in ids:
        ts_us = now.ts_us[now.point_id == point_id]
        bounds = aware(int(ts_us[0])), aware(int(ts_us[-1]))
        await connection.execute(_SQL["correct_point"], point_id, *bounds)
    await connection.execute(_INGEST_SQL["clear_verdicts"])
    await rebuild(connection, points, list(_spans(now)))
    await note(connection, now)
    await connection.execute(ANNOUNCE)


def _spans(rows: Rows) -> Iterator[tuple[int, int, int]]:
    """Yield point, first and last moment of what lies within an hour from row to row."""
    is_far = (np.diff(rows.point_id) != 0) | (np.diff(rows.ts_us) > HOUR_US)
    starts = np.append(0, np.flatnonzero(is_far) + 1)
    ends = np.append(starts[1:], len(rows)) - 1
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        yield int(rows.point_id[first]), int(rows.ts_us[first]), int(rows.ts_us[last])
