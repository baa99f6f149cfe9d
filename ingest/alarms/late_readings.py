"""Looks again at the time around readings that came after newer ones."""

import asyncpg

from ingest.alarms import store
from ingest.alarms.alarm import Alarm, Entry
from ingest.alarms.board import Board
from ingest.alarms.detector import HOUR_US, Sample
from ingest.alarms.episodes import Episode, look_back_us, review
from ingest.alarms.store import Span
from schemas.alarm.condition import Watch

REACH_US = HOUR_US
REACH_GROWTH = 4


class LateReadings:
    """Reviews of alarms over one connection."""

    def __init__(self, connection: asyncpg.Connection, board: Board) -> None:
        self._connection = connection
        self._board = board

    async def review(self, alarm: Alarm, late: Span, newest_us: int, now_us: int) -> list[Entry]:
        """Return what is to be written down because of late readings; `newest_us` is known.

        The window goes on until the condition is off, or to the newest reading.
        """
        condition = alarm.definition.condition
        if condition.watch is Watch.SILENCE:
            return []  # whoever heard nothing then, heard nothing
        from_us = late.from_us - look_back_us(condition)
        rises_us = await store.rises_before(self._connection, [alarm.alarm_id], from_us)
        reach_us = REACH_US
        while True:
            to_us = min(newest_us, late.to_us + reach_us)
            recorded = await store.occurrences(self._connection, alarm.alarm_id, from_us, to_us)
            found = review(
                condition,
                await self._samples(late.point_id, from_us, to_us),
                starts_on=any(_covers(each, from_us - 1) for each in recorded),
                until_us=to_us,
                rises_us=rises_us.get(alarm.alarm_id, ()),
            )
            is_now = to_us == newest_us
            if is_now or not (found.detector.is_on or found.detector.pending_us):
                return list(self._board.review(alarm, found, recorded, now_us, is_now=is_now))
            reach_us *= REACH_GROWTH

    async def _samples(self, point_id: int, from_us: int, to_us: int) -> list[Sample]:
        """Return what was read in a span, after what held when it began."""
        before = await store.newest_before(self._connection, from_us, {point_id: 0})
        window = await store.readings(self._connection, [Span(point_id, from_us, to_us)])
        held = [each.sample._replace(at_us=from_us - 1) for each in before.get(point_id, ())]
        return held + [each.sample for each in window.get(point_id, ())]


def _covers(recorded: Episode, at_us: int) -> bool:
    end_us = recorded.end_us
    return recorded.begin_us <= at_us and (end_us is None or end_us > at_us)
