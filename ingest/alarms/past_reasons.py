"""By what alarms were suppressed by design in a time that is over, as it is stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

import asyncpg

from ingest.alarms import store
from ingest.alarms.alarm import Alarm, Definition
from ingest.alarms.detector import Sample
from ingest.alarms.hindsight import PastReason
from ingest.alarms.store import Span
from ingest.decoding.timestamps import aware
from schemas.quality_window import WORK
from schemas.queries import queries

_SQL = queries("alarm")


async def past_reasons(
    connection: asyncpg.Connection, alarms: Iterable[Alarm], from_us: int, to_us: int
) -> dict[UUID, list[PastReason]]:
    """Return of each alarm what suppressed it between two moments; others are left out."""
    definitions = [alarm.definition for alarm in alarms]
    found: dict[UUID, list[PastReason]] = defaultdict(list)
    for each in (
        await _work(connection, definitions, from_us, to_us),
        await _stops(connection, definitions, from_us, to_us),
        await _causes(connection, definitions, from_us, to_us),
    ):
        for alarm_id, reasons in each.items():
            found[alarm_id] += reasons
    return found


_Reasons = Mapping[UUID, Sequence[PastReason]]


async def _work(
    connection: asyncpg.Connection, definitions: Sequence[Definition], from_us: int, to_us: int
) -> _Reasons:
    points = list({each.point_id for each in definitions})
    asked = points, list(WORK), aware(from_us), aware(to_us)
    worked: dict[int, list[PastReason]] = defaultdict(list)
    for point_id, since_us, until_us in await connection.fetch(_SQL["work_between"], *asked):
        worked[point_id].append(PastReason(since_us, until_us, ("maintenance", None)))
    return {each.alarm_id: worked[each.point_id] for each in definitions if each.point_id in worked}


async def _stops(
    connection: asyncpg.Connection, definitions: Sequence[Definition], from_us: int, to_us: int
) -> _Reasons:
    units = {each.stopped_point_id: 0 for each in definitions if each.stopped_point_id is not None}
    if not units:
        return {}
    before = await store.newest_before(connection, from_us, units)
    spans = [Span(unit, from_us, to_us) for unit in units]
    within = await store.readings(connection, spans)
    states: dict[int, list[Sample]] = {}
    for unit in units:
        readings = [*before.get(unit, ()), *within.get(unit, ())]
        known = [each.sample for each in readings if each.sample.value == each.sample.value]
        states[unit] = [*known, Sample(to_us + 1, 0.0, 0)]
    return {
        each.alarm_id: [
            PastReason(one.at_us, following.at_us - 1, ("stopped", None))
            for one, following in pairwise(states[each.stopped_point_id])
            if round(one.value) in each.stopped_codes
        ]
        for each in definitions
        if each.stopped_point_id is not None
    }


async def _causes(
    connection: asyncpg.Connection, definitions: Sequence[Definition], from_us: int, to_us: int
) -> _Reasons:
    keys = list({key for each in definitions for key in each.causes})
    if not keys:
        return {}
    active: dict[tuple[int, str], list[PastReason]] = defaultdict(list)
    rows = await connection.fetch(_SQL["causes_between"], keys, aware(from_us), aware(to_us))
    for site_id, key, cause, since_us, until_us in rows:
        active[site_id, key].append(PastReason(since_us, until_us, ("cause", cause)))
    return {
        each.alarm_id: [reason for key in each.causes for reason in active[each.site_id, key]]
        for each in definitions
        if each.causes
    }
