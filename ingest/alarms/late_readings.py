"""Looks again at the time around readings that came after newer ones."""

from collections.abc import Iterable
from typing import NamedTuple

import asyncpg

from ingest.alarms import store
from ingest.alarms.alarm import Alarm, Entry
from ingest.alarms.board import Board
from ingest.alarms.detector import Sample
from ingest.alarms.episodes import Episode, Start, is_settled, look_back_us, missing, review
from ingest.alarms.rate import HOUR_US
from ingest.alarms.store import Span
from schemas.alarm.condition import Condition, Watch

REACH_US = HOUR_US
REACH_GROWTH = 4
LOOK_BACK_MAX_US = 24 * HOUR_US
READINGS_MAX = 5_000


class _Period(NamedTuple):
    """A definition of an alarm and its time; `is_now`: it is in force."""

    condition: Condition
    from_us: int
    to_us: int
    is_now: bool


class LateReadings:
    """Reviews of alarms over one connection."""

    def __init__(self, connection: asyncpg.Connection, board: Board) -> None:
        self._connection = connection
        self._board = board

    async def review(self, alarm: Alarm, late: Span, newest_us: int, now_us: int) -> list[Entry]:
        """Return what is to be written down because of late readings; `newest_us` is known.

        Readings are judged by the definition of their own time.
        """
        entries: list[Entry] = []
        for period in await self._periods(alarm, late, newest_us):
            if period.condition.watch is not Watch.SILENCE:  # whoever heard nothing, heard nothing
                entries += await self._within(alarm, period, late, now_us)
        return entries

    async def _periods(self, alarm: Alarm, late: Span, newest_us: int) -> list[_Period]:
        definition = alarm.definition
        since_us = definition.valid_from_us
        current = _Period(definition.condition, since_us, newest_us, is_now=True)
        if late.from_us >= since_us:
            return [current]
        earlier = await store.earlier(self._connection, alarm.alarm_id, late.from_us, since_us)
        periods = [
            _Period(condition, from_us, to_us, is_now=False)
            for condition, from_us, to_us in earlier
            if condition.point == definition.condition.point and from_us <= late.to_us
        ]
        return [*periods, *([current] if late.to_us >= since_us else [])]

    async def _within(
        self, alarm: Alarm, period: _Period, late: Span, now_us: int
    ) -> Iterable[Entry]:
        """Look at a window from where it is known how things stood until the condition is off.

        It goes on no further than to the period's end. Where it would begin more than
        LOOK_BACK_MAX_US or READINGS_MAX readings before, what is recorded says how it begins.
        """
        condition = period.condition
        memory_us = look_back_us(condition)
        oldest_us = max(late.from_us - memory_us - LOOK_BACK_MAX_US, period.from_us)
        # What came late counts for as long as the condition remembers it.
        back_us, reach_us = memory_us, REACH_US + memory_us
        while True:
            from_us = max(late.from_us - back_us, oldest_us)
            to_us = min(period.to_us, late.to_us + reach_us)
            recorded = await store.occurrences(self._connection, alarm.alarm_id, from_us, to_us)
            rises_us = await store.rises_before(self._connection, [alarm.alarm_id], from_us)
            start = Start(
                condition,
                is_on=any(_covers(each, from_us - 1) for each in recorded),
                rises_us=rises_us.get(alarm.alarm_id, ()),
            )
            samples = await self._samples(late.point_id, from_us, to_us)
            before = [each for each in samples if each.at_us < late.from_us]
            is_bound = from_us == oldest_us or len(before) >= READINGS_MAX
            if not is_bound and not is_settled(start, before, late.from_us):
                back_us *= REACH_GROWTH
                continue
            found = review(start, samples, until_us=to_us)
            is_end = to_us == period.to_us
            if is_end or not (found.detector.is_on or found.detector.pending_us):
                is_now = is_end and period.is_now
                found = found if period.is_now else found.ended(to_us)
                touched = found.since(late.from_us)
                new = [await self._as_it_was(alarm, each) for each in missing(touched, recorded)]
                return self._board.review(alarm, new, found.detector, now_us, is_now=is_now)
            reach_us *= REACH_GROWTH

    async def _as_it_was(self, alarm: Alarm, episode: Episode) -> Episode:
        """Return an episode with whether it was suppressed in its own time."""
        if episode.end_us is None:
            return episode
        was_suppressed = await store.was_suppressed(
            self._connection, alarm.definition, episode.begin_us, episode.end_us
        )
        return episode._replace(was_suppressed=was_suppressed)

    async def _samples(self, point_id: int, from_us: int, to_us: int) -> list[Sample]:
        """Return what was read in a span, after what held when it began."""
        before = await store.newest_before(self._connection, from_us, {point_id: 0})
        window = await store.readings(self._connection, [Span(point_id, from_us, to_us)])
        held = [each.sample._replace(at_us=from_us - 1) for each in before.get(point_id, ())]
        return held + [each.sample for each in window.get(point_id, ())]


def _covers(recorded: Episode, at_us: int) -> bool:
    end_us = recorded.end_us
    return recorded.begin_us <= at_us and (end_us is None or end_us > at_us)
