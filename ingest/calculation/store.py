"""What is kept of plans, what waits to be calculated anew, and readings of many points at once."""

from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import numpy as np

from ingest.calculation.plan import Plan, changed_spans, leaves
from ingest.calculation.stretches import Stretch
from ingest.calculation.values import Series
from ingest.decoding.timestamps import aware
from schemas.queries import queries

DAY_LIMIT_US = 26 * 3_600_000_000  # a local day and what lies around it
SHORT_HOLD_US = 3_600_000_000  # so far back all readings are read, further only the last one

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
    await connection.execute(_SQL["keep_due"], *_columns(rows, 3))


async def take_due(connection: asyncpg.Connection, plans: Mapping[int, Plan]) -> list[Stretch]:
    """Take a day of what is due, the newest first; empty if nothing was left of it.

    Raises LookupError if nothing is due.
    """
    record = await connection.fetchrow(_SQL["next_due"])
    if record is None:
        raise LookupError
    point_id, from_us, to_us = record
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


async def read_series(
    connection: asyncpg.Connection, plans: Sequence[Plan], from_us: int, to_us: int
) -> dict[int, Series]:
    """Return what is stored of points and of their inputs in [from, to], and what stands there."""
    held_us: dict[int, int] = {plan.point_id: 0 for plan in plans}
    for plan in plans:
        for period in plan.periods:
            for each in period.inputs:
                held_us[each.point_id] = max(each.held_us, held_us.get(each.point_id, 0))
    reach_us = max((held for held in held_us.values() if held <= SHORT_HOLD_US), default=0)
    begin_us = from_us - reach_us
    bounds = aware(begin_us), aware(to_us)
    found = _series(await connection.fetch(_SQL["readings"], list(held_us), *bounds))
    long = [point for point, held in held_us.items() if held > SHORT_HOLD_US]
    if long:
        since = aware(from_us - max(held_us.values()))
        before = await connection.fetch(_SQL["preceding"], long, since, bounds[0])
        for point, series in _series(before).items():
            found[point] = _joined(series, found[point]) if point in found else series
    return found


def _series(records: Iterable[asyncpg.Record]) -> dict[int, Series]:
    return {
        point_id: Series(
            np.array(ts_us, np.int64), np.array(value, np.float64), np.array(qc, np.int16)
        )
        for point_id, ts_us, value, qc in records
    }


def _joined(head: Series, tail: Series) -> Series:
    return Series(
        np.concatenate((head.ts_us, tail.ts_us)),
        np.concatenate((head.value, tail.value)),
        np.concatenate((head.qc, tail.qc)),
    )


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    return [[row[place] for row in rows] for place in range(count)]
