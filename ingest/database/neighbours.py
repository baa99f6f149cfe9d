"""Looks up what is stored around readings, and judges them together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ingest.database.dead_values import mark_dead
from ingest.database.stored_rows import is_among, stored_rows
from ingest.decoding.columns import Rows, concatenated
from ingest.decoding.point import BEGINNING_US
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from ingest.quality.around import GAP_LIMIT_US
from ingest.quality.memory import Memory
from ingest.quality.rejudge import Around, Rejudged, rejudge
from ingest.quality.verdicts import with_checks
from schemas.quality import Check
from schemas.queries import queries

DEAD = np.int32(Check.DEAD_VALUE)
LOOKED_AT_ROWS = (12, 200)
"""How many readings on each side are looked at first; then all that can count."""
QUESTION_LIMIT_POINTS = 500

_SQL = queries("ingest")


class Judgement(NamedTuple):
    """New rows with their masks; and stored rows as they are judged now, and as they were."""

    rows: Rows
    corrected: Rows
    was: Rows


def nothing(rows: Rows) -> Rows:
    """Return no rows."""
    return rows.take(slice(0))


async def judge(
    connection: asyncpg.Connection, rows: Rows, points: Points, memory: Memory
) -> Judgement:
    """Judge rows by their neighbours and by what their device sent at the same time.

    As `_judge` does. Raises asyncpg's errors.
    """
    judged = await _judge(connection, rows, points, memory)
    is_dead, stored, is_stored_dead = await mark_dead(connection, rows, points)
    checks = np.where(is_dead, judged.rows.checks | DEAD, judged.rows.checks)
    if not len(stored):
        return judged._replace(rows=with_checks(judged.rows, checks))
    # A stored row may be another one for both reasons.
    both = _last_of_each(concatenated([stored, judged.corrected]))
    was = _last_of_each(concatenated([judged.was, stored]))
    mark = is_stored_dead[np.lexsort((stored.ts_us, stored.point_id))]
    is_stored = is_among(both, stored)
    now = both.checks.copy()
    now[is_stored] = np.where(mark, now[is_stored] | DEAD, now[is_stored] & ~DEAD)
    changed = now != was.checks
    corrected = with_checks(both, now).take(changed)
    return Judgement(with_checks(judged.rows, checks), corrected, was.take(changed))


async def _judge(
    connection: asyncpg.Connection, rows: Rows, points: Points, memory: Memory
) -> Judgement:
    """Judge rows, sorted by (point_id, ts_us), by what is around them, in the transaction that
    stores them. Little is stored among those of a point: see `ingest.database.looks`.

    What comes in order is judged from memory; for the rest the database is asked. Whatever is not
    committed afterwards must be forgotten. Raises asyncpg's errors.
    """
    memory.suit(points)
    ids, first = np.unique(rows.point_id, return_index=True)
    others = await connection.fetch(_SQL["lock_points"], ids.tolist())
    if others:
        foreign = np.array([record["point_id"] for record in others], np.int32)
        memory.forget(foreign)
        await connection.execute(_SQL["take_over"], foreign.tolist())
    looks = points.looks_around(ids)
    is_live = looks & (rows.ts_us[first] > memory.newest_us(ids))
    checks = rows.checks.copy()
    group = np.repeat(np.arange(len(ids)), np.diff(first, append=len(rows)))
    elsewhere = ids[looks & ~is_live]
    if is_live.any():
        judged = memory.judge(rows.take(is_live[group]))
        checks[is_live[group]] |= judged.checks
        elsewhere = np.union1d(elsewhere, judged.unknown)
    if not len(elsewhere):
        return Judgement(with_checks(rows, checks), nothing(rows), nothing(rows))
    asked = np.isin(rows.point_id, elsewhere)
    found = await _ask(connection, rows.take(asked), points, memory)
    checks[asked] = found.rows.checks
    return Judgement(with_checks(rows, checks), found.corrected, found.was)


async def _ask(
    connection: asyncpg.Connection, rows: Rows, points: Points, memory: Memory
) -> Judgement:
    """Judge rows by what is stored around them, with as little of it as says enough."""
    checks = rows.checks.copy()
    corrected, was = [nothing(rows)], [nothing(rows)]
    await connection.execute(_SQL["plan_with_bounds"])
    waiting = np.arange(len(rows))
    for level in range(len(LOOKED_AT_ROWS) + 1):
        unsettled = []
        for part in _parts(waiting, rows):
            around, is_newest = await _around(connection, part, rows, points, level)
            found = rejudge(around, points)
            checks[found.rows.source[found.is_new]] = found.checks[found.is_new]
            old = found.rows.take(found.is_other)
            was.append(old)
            corrected.append(with_checks(old, found.checks[found.is_other]))
            _remember(memory, around, found, is_newest)
            again = around.ids[~found.is_settled]
            unsettled.append(part[np.isin(rows.point_id[part], again)])
        waiting = np.concatenate(unsettled)
        if not len(waiting):
            break
    return Judgement(with_checks(rows, checks), concatenated(corrected), concatenated(was))


def _parts(places: NDArray[np.intp], rows: Rows) -> Iterator[NDArray[np.intp]]:
    """Cut places so that no question is about too many points."""
    number = np.unique(rows.point_id[places], return_inverse=True)[1] // QUESTION_LIMIT_POINTS
    for each in range(int(number.max()) + 1):
        yield places[number == each]


async def _around(
    connection: asyncpg.Connection,
    places: NDArray[np.intp],
    rows: Rows,
    points: Points,
    level: int,
) -> tuple[Around, NDArray[np.bool_]]:
    """Return what lies around the rows of each point; of which points that is all that is later.

    `source` of a new row is its place; of a stored one STORED.
    """
    new = replace(rows.take(places), source=places.astype(np.int32))
    ids, first, count = np.unique(new.point_id, return_index=True, return_counts=True)
    from_us, to_us = new.ts_us[first], new.ts_us[first + count - 1]
    is_last_level = level == len(LOOKED_AT_ROWS)
    limit = LOOKED_AT_ROWS[0 if is_last_level else level]
    reach_us = np.zeros(len(ids), np.int64)
    if is_last_level:
        widest_us = points.rules.reach_us[points.definition(ids, from_us)]
        reach_us += np.int64(2) * np.where(np.isfinite(widest_us), widest_us, 0).astype(np.int64)
    bound_us = np.maximum(reach_us, GAP_LIMIT_US)
    columns = await connection.fetchrow(
        _SQL["neighbours"],
        ids.tolist(),
        *(_moments(us) for us in (from_us, to_us)),
        limit,
        *(_moments(us) for us in (from_us - reach_us, to_us + reach_us)),
        aware(int((from_us - bound_us).min())),
        aware(int((to_us + bound_us).max())),
    )
    stored = stored_rows(columns)
    group = np.searchsorted(ids, stored.point_id)
    before = np.bincount(group, stored.ts_us < from_us[group], len(ids))
    after = np.bincount(group, stored.ts_us > to_us[group], len(ids))
    around = Around(
        ids, stored, new, (before < limit) | is_last_level, (after < limit) | is_last_level
    )
    return around, after < limit


def _remember(
    memory: Memory, around: Around, found: Rejudged, is_newest: NDArray[np.bool_]
) -> None:
    """Know the points whose newest readings were seen, and forget those that changed near them."""
    newest = around.ids[is_newest & found.is_settled]
    last_us = np.full(len(around.ids), BEGINNING_US)
    np.maximum.at(last_us, np.searchsorted(around.ids, around.new.point_id), around.new.ts_us)
    for point, us in zip(around.ids.tolist(), last_us.tolist(), strict=True):
        if us >= memory.tail_begins_us(point):
            memory.forget(np.array([point], np.int32))
    if len(newest):
        memory.learn(found.rows.take(np.isin(found.rows.point_id, newest)))


def _moments(us: NDArray[np.int64]) -> list[datetime]:
    return [aware(each) for each in us.tolist()]


def _last_of_each(rows: Rows) -> Rows:
    """Return the rows sorted; of several with one key the last."""
    order = np.lexsort((np.arange(len(rows)), rows.ts_us, rows.point_id))
    rows = rows.take(order)
    ends = np.append((np.diff(rows.point_id) != 0) | (np.diff(rows.ts_us) != 0), True)
    return rows.take(ends) if len(rows) else rows
