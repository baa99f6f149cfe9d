"""What the database knows of alarms, and what is written down of them."""

import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from ingest.alarms.alarm import Act, Alarm, Aside, Definition, Entry
from ingest.alarms.detector import RISES_MAX, Detector, Reading, Sample
from ingest.alarms.episodes import Episode
from ingest.alarms.machine import Standing
from ingest.decoding.timestamps import aware
from schemas.alarm.condition import Condition, decode
from schemas.quality_window import WORK
from schemas.queries import queries

ACTS_LIMIT = 1_000

_NEVER_US = 2**62

_SQL = queries("alarm")
_log = logging.getLogger(__name__)


class Span(NamedTuple):
    """A point and a span of device times, both ends in it."""

    point_id: int
    from_us: int
    to_us: int


async def plan_with_bounds(connection: asyncpg.Connection) -> None:
    """Let questions of this connection be planned with the bounds they are asked with."""
    await connection.execute(_SQL["plan_with_bounds"])


async def work_alone(connection: asyncpg.Connection) -> bool:
    """Tell whether this connection is the one that moves alarms; if so, it is until it ends."""
    return bool(await connection.fetchval(_SQL["work_alone"]))


async def definitions(connection: asyncpg.Connection) -> dict[UUID, asyncpg.Record]:
    """Return the alarms in force as they are stored; `alarms` reads them."""
    return {record["alarm_id"]: record for record in await connection.fetch(_SQL["definitions"])}


def _readable(records: Iterable[asyncpg.Record]) -> Iterator[Definition]:
    """Yield definitions; one that cannot be read or has lost its point is left out."""
    for record in records:
        try:
            definition = _definition(record)
        except (KeyError, TypeError, ValueError) as error:
            _log.error("load: the alarm %s cannot be read: %r", record["key"], error)
            continue
        if definition.condition.point is not None and definition.point_id is None:
            _log.error("load: the alarm %s watches a point that is not there", definition.key)
            continue
        yield definition


def _definition(record: asyncpg.Record) -> Definition:
    suppression = json.loads(record["suppression"])
    stopped = suppression.get("stopped", {})
    return Definition(
        alarm_id=record["alarm_id"],
        site_id=record["site_id"],
        key=record["key"],
        priority=record["priority"],
        condition=_condition(record),
        point_id=record["point_id"],
        is_latching=record["is_latching"],
        causes=tuple(suppression.get("cause", ())),
        stopped_point_id=record["stopped_point_id"],
        stopped_codes=tuple(stopped.get("codes", ())),
        valid_from_us=record["valid_from_us"],
    )


def _condition(record: asyncpg.Record) -> Condition:
    return decode(
        json.loads(record["condition"]),
        delay_on_s=record["delay_on_s"],
        delay_off_s=record["delay_off_s"],
    )


async def earlier(
    connection: asyncpg.Connection, alarm_id: UUID, from_us: int, to_us: int
) -> list[tuple[Condition, int, int]]:
    """Return what an alarm watched between two moments, by earlier definitions, each with its time.

    One that cannot be read is left out.
    """
    found = []
    for record in await connection.fetch(_SQL["earlier"], alarm_id, from_us, to_us):
        try:
            found.append((_condition(record), record["from_us"], record["to_us"]))
        except (KeyError, TypeError, ValueError) as error:
            _log.error("review: a definition of %s cannot be read: %r", alarm_id, error)
    return found


async def alarms(
    connection: asyncpg.Connection, stored: Sequence[asyncpg.Record], late_after_us: int
) -> list[Alarm]:
    """Return alarms of `definitions` as they stand; their conditions know no reading yet."""
    defined = list(_readable(stored))
    ids = [definition.alarm_id for definition in defined]
    states = {record["alarm_id"]: record for record in await connection.fetch(_SQL["states"], ids)}
    rises_us = await rises_before(connection, list(states), _NEVER_US)
    found = []
    for definition in defined:
        state = states.get(definition.alarm_id)
        is_on = state is not None and state["is_active"]
        alarm = Alarm(definition, Detector(definition.condition, is_on=is_on), late_after_us)
        if state is not None:
            alarm.standing = _standing(state)
            alarm.since_us = state["since_us"]
            alarm.occurrence = state["occurrence"]
            alarm.recorded_us = state["raised_us"], state["cleared_us"]
            alarm.recorded_rises_us = rises_us.get(definition.alarm_id, ())
            alarm.aside = Aside(
                state["shelved_by"],
                state["shelved_reason"],
                state["suppressed_by"],
                state["cause"],
                state["out_of_service_by"],
                state["out_of_service_reason"],
            )
        found.append(alarm)
    return found


async def end_what_is_gone(connection: asyncpg.Connection, in_force: Sequence[UUID]) -> None:
    """End all alarms but some: nobody defines them any more."""
    await connection.execute(_SQL["end_what_is_gone"], in_force)


async def rises_before(
    connection: asyncpg.Connection, alarm_ids: Sequence[UUID], before_us: int
) -> dict[UUID, Sequence[int]]:
    """Return of each alarm when it was raised last before a moment, in order of time."""
    records = await connection.fetch(_SQL["rises_before"], alarm_ids, before_us, RISES_MAX)
    return {record["alarm_id"]: record["rises_us"] for record in records}


def _standing(state: asyncpg.Record) -> Standing:
    return Standing(
        is_active=state["is_active"],
        is_acknowledged=state["is_acknowledged"],
        is_latched=state["is_latched"],
        shelved_until_us=state["shelved_until_us"],
        is_suppressed=state["suppressed_by"] is not None,
        is_out_of_service=state["is_out_of_service"],
    )


async def followed_until_us(connection: asyncpg.Connection, position: int) -> tuple[int, int]:
    """Return a moment before which all was followed, and that of the last commit which was."""
    record = await connection.fetchrow(_SQL["followed_until"], position)
    return record["until_us"], record["heard_us"]


async def sites(connection: asyncpg.Connection) -> dict[int, int]:
    """Return the site of each point."""
    return dict(map(tuple, await connection.fetch(_SQL["sites"])))


async def followed_of_points(
    connection: asyncpg.Connection, position: int, until_us: int
) -> dict[int, int]:
    """Return of the points that the next commits touch before a moment up to when we followed."""
    records = await connection.fetch(_SQL["followed_of_points"], position, until_us)
    return dict(map(tuple, records))


async def newest_before(
    connection: asyncpg.Connection,
    until_us: int,
    spans_us: Mapping[int, int],
    untils_us: Mapping[int, int] | None = None,
) -> dict[int, list[Reading]]:
    """Return of each point its last reading before a moment, and those in a span before it.

    `untils_us` holds the moments of points that have one of their own.
    """
    points, spans = list(spans_us), list(spans_us.values())
    untils = [(untils_us or {}).get(point, until_us) for point in points]
    return _by_point(await connection.fetch(_SQL["newest_before"], points, untils, spans))


async def readings(
    connection: asyncpg.Connection, spans: Sequence[Span]
) -> dict[int, list[Reading]]:
    """Return the readings of spans by point, in order of time."""
    if not spans:
        return {}
    points, starts, ends = map(list, zip(*spans, strict=True))
    bounds = aware(min(starts)), aware(max(ends))
    return _by_point(await connection.fetch(_SQL["spans"], points, starts, ends, *bounds))


def _by_point(records: Iterable[asyncpg.Record]) -> dict[int, list[Reading]]:
    found: dict[int, list[Reading]] = {}
    for point_id, ts_us, value, qc, lag_us in records:
        sample = Sample(ts_us, math.nan if value is None else value, qc)
        found.setdefault(point_id, []).append(Reading(sample, lag_us))
    return found


async def occurrences(
    connection: asyncpg.Connection, alarm_id: UUID, from_us: int, to_us: int
) -> list[Episode]:
    """Return what is recorded of an alarm in a span."""
    records = await connection.fetch(_SQL["occurrences_between"], alarm_id, from_us, to_us)
    return [
        Episode(raised_us, cleared_us, math.nan if value is None else value)
        for raised_us, cleared_us, value in records
    ]


async def was_suppressed(
    connection: asyncpg.Connection, definition: Definition, from_us: int, to_us: int
) -> bool:
    """Tell whether an alarm was suppressed by design all the time from one moment to another."""
    return bool(
        await connection.fetchval(
            _SQL["was_suppressed"],
            *(aware(from_us), aware(to_us), definition.point_id, list(WORK)),
            *(definition.stopped_point_id, list(definition.stopped_codes)),
            *(definition.site_id, list(definition.causes)),
        )
    )


async def acts(connection: asyncpg.Connection) -> list[Act]:
    """Return what people want done, in their order."""
    return [Act(*record) for record in await connection.fetch(_SQL["acts"], ACTS_LIMIT)]


async def done(connection: asyncpg.Connection, what: Iterable[Act]) -> None:
    """Take acts off the list."""
    await connection.execute(_SQL["acts_done"], [act.act_id for act in what])


async def write(
    connection: asyncpg.Connection,
    entries: Sequence[tuple[Entry, UUID | None]],
    moved: Iterable[Alarm],
    now_us: int,
) -> None:
    """Write down entries, each with its group, and how the alarms stand that moved."""
    of_kind: dict[str, list[Entry]] = {}
    for entry, _ in entries:
        of_kind.setdefault(entry.kind, []).append(entry)
    raised = [
        (e.occurrence, e.alarm_id, e.priority, e.at_us, now_us, e.is_late, _known(e.value), e.limit)
        for e in of_kind.get("raised", ())
    ]
    await connection.executemany(_SQL["raise"], raised)
    cleared = [(entry.occurrence, entry.at_us) for entry in of_kind.get("cleared", ())]
    await connection.executemany(_SQL["clear"], cleared)
    acknowledged = [
        (entry.occurrence, entry.at_us, entry.account_id)
        for kind in ("acknowledged", "unshelved")
        for entry in of_kind.get(kind, ())
    ]
    await connection.executemany(_SQL["acknowledge"], acknowledged)
    journal = [
        (
            *(e.alarm_id, e.occurrence, e.kind, e.at_us, now_us, e.priority, _known(e.value)),
            *(e.is_late, str(e.state), e.account_id, e.comment, group),
        )
        for e, group in entries
    ]
    await connection.executemany(_SQL["journal"], journal)
    await connection.executemany(_SQL["stand"], [_stand(alarm) for alarm in moved])


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _stand(alarm: Alarm) -> tuple[object, ...]:
    standing, aside = alarm.standing, alarm.aside
    return (
        *(alarm.alarm_id, str(standing.state), alarm.since_us, standing.is_active),
        *(standing.is_acknowledged, standing.is_latched, alarm.occurrence),
        *(standing.shelved_until_us, aside.shelved_by, aside.shelved_reason),
        *(aside.suppressed_by, aside.cause, aside.out_of_service_by, aside.out_of_service_reason),
    )
