"""Which alarms are defined otherwise than a moment ago (pure)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from ingest.alarms.alarm import Alarm
from ingest.alarms.episodes import look_back_us


class Redefinition(NamedTuple):
    """Alarms to forget, and those of which the definition is to be read."""

    gone: frozenset[UUID]
    new: tuple[UUID, ...]


def redefinition(known: Mapping[UUID, object], found: Mapping[UUID, object]) -> Redefinition:
    """Compare definitions as they are stored, known ones and those of now.

    One that is defined otherwise is gone, and new.
    """
    new = tuple(alarm for alarm, stored in found.items() if known.get(alarm) != stored)
    gone = known.keys() - found.keys() | (known.keys() & set(new))
    return Redefinition(frozenset(gone), new)


def look_back_of(alarms: Iterable[Alarm]) -> dict[int, int]:
    """Return how much of each point is to be read before alarms know where they stand."""
    spans_us: dict[int, int] = {}
    for alarm in alarms:
        definition = alarm.definition
        if definition.point_id is not None:
            span_us = look_back_us(definition.condition)
            spans_us[definition.point_id] = max(spans_us.get(definition.point_id, 0), span_us)
        if definition.stopped_point_id is not None:
            spans_us.setdefault(definition.stopped_point_id, 0)
    return spans_us
