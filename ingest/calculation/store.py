"""What is kept of plans, what waits to be calculated anew, and readings of many points at once."""

from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import numpy as np

from ingest.calculation.plan import Plan, changed_spans, leaves
from ingest.calculation.readings import NO_READINGS, Readings, joined
from ingest.calculation.stretches import Stretch
from ingest.decoding.timestamps import aware
from schemas.queries import queries

DAY_LIMIT_US = 26 * 3_600_000_000  # a local day and what lies around it
# Points whose readings stand for about as long are asked for together: so each question reads only
# a few readings of a point from before. Of what stands for longer only the last one is looked for.
HELD_LIMITS_US = (60_000_000, 900_000_000, 14_400_000_000)

_SQL = queries("calculation")


async def keep_plans(connection: asyncpg.Connection, plans: Mapping[int, Plan]) -> None:
    """Store plans; what they change is due from now on. Raises asyncpg's errors."""
    stored: dict[int, dict[int, str]] = {}
    for point_id, since_us, digest in await connection.fetch(_SQL["plans"]):
        stored.setdefault(point_id, {})[since_us] = digest
    changed: dict[int, dict[int, str]] = {}
    due: list[tuple[int, int, int]] = []
    for point_id, plan in plans.items():
        spans = changed_spans(stored.get(point_id, {}), plan.digests)
        if spans:
            changed[point_id] = plan.digests
            due.append((point_id, spans[0][0], spans[-1][1]))
    if not changed:
        return
    inputs = [(point, leaf) for point in changed for leaf in leaves(plans, point)]
    rows = [
        (point, since, text) for point, texts in changed.items() for since, text in texts.items()
    ]
    await connection.execute(_SQL["forget_plans"], list(changed))
    await connection.execute(_SQL["keep_plans"], *_columns(rows, 3))
    await connection.execute(_SQL["keep_inputs"], *_columns(inputs, 2))
    await connection.execute(_SQL["keep_due"], *_columns(due, 3))


async def postpone(connection: asyncpg.Connection, stretches: Iterable[Stretch]) -> None:
    """Store stretches as due: each point has one, which holds all of its own."""
    due: dict[int, tuple[int, int]] = {}
    for each in stretches:
        begin_us, end_us = due.get(each.point_id, (each.from_us, each.to_us + 1))
        due[each.point_id] = min(begin_us, each.from_us), max(end_us, each.to_us + 1)
    rows = [(point, *span) for point, span in due.items()]
    if not rows:
        return
    await connection.execute(_SQL["keep_due"], *_columns(rows, 3))


async def count_due(connection: asyncpg.Connection) -> int:
    """Return how many points wait to be calculated anew. Raises asyncpg's errors."""
    return int(await connection.fetchval(_SQL["count_due"]))


async def take_due(connection: asyncpg.Connection, plans: Mapping[int, Plan]) -> list[Stretch]:
    """Take a day of what is due, the newest first; empty if nothing was left of it.

    Something must be due. Raises asyncpg's errors.
    """
    point_id, from_us, to_us = await connection.fetchrow(_SQL["next_due"])
    plan = plans.get(point_id)
    points = [point_id, *(plan.inputs if plan else ())]
    day_us = None if plan is None else await connection.fetchval(_SQL["newest_day"], points, to_us)
    if day_us is None or day_us + DAY_LIMIT_US <= from_us:
        await connection.execute(_SQL["forget_due"], point_id)
        return []
    if day_us <= from_us:
        await connection.execute(_SQL["forget_due"], point_id)
    else:
        await connection.execute(_SQL["shorten_due"], point_id, day_us)
    return [Stretch(max(day_us, from_us), min(to_us - 1, day_us + DAY_LIMIT_US), point_id)]


async def newest_us(
    connection: asyncpg.Connection, plans: Mapping[int, Plan], points: Iterable[int]
) -> dict[int, int]:
    """Return when any input of calculated points was read last, by calculated point."""
    inputs = {point: plans[point].inputs for point in points}
    wanted = list({each for of_point in inputs.values() for each in of_point})
    known = dict(await connection.fetch(_SQL["newest"], wanted))
    return {
        point: max((known[each] for each in of_point if each in known), default=0)
        for point, of_point in inputs.items()
    }


async def read(
    connection: asyncpg.Connection, plans: Mapping[int, Plan], stretches: Sequence[Stretch]
) -> Readings:
    """Return what is stored of points and of their inputs while the stretches last, at least one.

    Of an input also the last reading before that can still stand. Raises asyncpg's errors.
    """
    held_us = _held_us(plans, stretches)
    from_us = min(each.from_us for each in stretches)
    to_us = max(each.to_us for each in stretches)
    found: list[Readings] = []
    waiting = held_us
    for limit_us in HELD_LIMITS_US:
        points = [point for point, held in waiting.items() if held <= limit_us]
        since_us = from_us - max((held_us[point] for point in points), default=0)
        found.append(await _between(connection, points, since_us, to_us))
        waiting = {point: held for point, held in waiting.items() if held > limit_us}
    if waiting:
        found.append(await _between(connection, list(waiting), from_us, to_us))
        since_us = from_us - max(waiting.values())
        bounds = aware(since_us), aware(from_us)
        record = await connection.fetchrow(_SQL["preceding"], list(waiting), *bounds)
        found.append(_readings(record))
    return joined(found)


def _held_us(plans: Mapping[int, Plan], stretches: Iterable[Stretch]) -> dict[int, int]:
    """Return for how long a reading stands, of points and their inputs; 0: it is no input."""
    held_us: dict[int, int] = {}
    for stretch in stretches:
        held_us.setdefault(stretch.point_id, 0)
        for period in plans[stretch.point_id].periods:
            if period.from_us <= stretch.to_us and stretch.from_us < period.to_us:
                for each in period.inputs:
                    if each.held_us > held_us.get(each.point_id, 0):
                        held_us[each.point_id] = each.held_us
    return held_us


async def _between(
    connection: asyncpg.Connection, points: Sequence[int], from_us: int, to_us: int
) -> Readings:
    if not points:
        return NO_READINGS
    bounds = aware(from_us), aware(to_us)
    return _readings(await connection.fetchrow(_SQL["readings"], points, *bounds))


def _readings(record: asyncpg.Record) -> Readings:
    point_id, ts_us, value, qc = (column or () for column in record)
    return Readings(
        np.array(point_id, np.int32),
        np.array(ts_us, np.int64),
        np.array(value, np.float64),  # None becomes NaN
        np.array(qc, np.int16),
    )


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    return [[row[place] for row in rows] for place in range(count)]
