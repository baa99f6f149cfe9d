"""Follows commits and moves alarms, one transaction after the other."""

import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from operator import itemgetter, or_
from uuid import UUID, uuid4

import asyncpg

from ingest.alarms import store
from ingest.alarms.alarm import Act, Alarm, Entry
from ingest.alarms.board import Board
from ingest.alarms.clock import Clock
from ingest.alarms.detector import Reading
from ingest.alarms.hindsight import PastReason
from ingest.alarms.history import HISTORY_AFTER_US
from ingest.alarms.late_readings import LateReadings
from ingest.alarms.machine import State
from ingest.alarms.past_reasons import past_reasons
from ingest.alarms.redefinition import look_back_of, redefinition
from ingest.alarms.store import Span
from ingest.alarms.tally import Tally
from ingest.database.changes import Changes, Commit, begin_with_what_is_kept, follow, move_on
from ingest.database.windows import current_windows
from ingest.quality.windows import NO_WINDOWS
from schemas.quality_window import CHECKS, WORK

NAME = "alarms"
# A commit between two questions would bring readings that count as known and were not followed.
ONE_STATE = "repeatable_read"
GROUPED = {"shelf_ended", "unsuppressed"}
WORKED_ON = int(reduce(or_, (CHECKS[kind] for kind in WORK)))

_log = logging.getLogger(__name__)


class Follower:
    """Alarms over one connection; `load` first, and again after each error.

    `board` has them as they stand. What is in memory is ahead of the database until a transaction
    is committed: after an error it is thrown away.
    """

    def __init__(
        self,
        connection: asyncpg.Connection,
        clock: Clock,
        tally: Tally,
        *,
        portion_limit_commits: int,
        late_after_s: float,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._tally = tally
        self._portion_limit_commits = portion_limit_commits
        self._late_after_us = round(late_after_s * 1e6)
        self.board = Board((), heard_us=0, late_after_us=self._late_after_us)
        self._stored: Mapping[UUID, asyncpg.Record] = {}
        self._newest_us: dict[int, int] = {}
        self._site_of: dict[int, int] = {}
        self._windows = NO_WINDOWS
        self._is_up_to_date = False

    async def load(self) -> None:
        """Read the alarms as they stand, and what their conditions know at our position."""
        connection = self._connection
        await store.plan_with_bounds(connection)
        async with connection.transaction(isolation=ONE_STATE):
            await begin_with_what_is_kept(connection, NAME)
            position = (await follow(connection, NAME, 1)).position
            until_us, heard_us = await store.followed_until_us(connection, position)
            self.board = Board((), heard_us=heard_us, late_after_us=self._late_after_us)
            self._stored, self._newest_us = {}, {}
            await self._define(position, until_us)

    async def redefine(self) -> None:
        """Take up what is defined otherwise than before; all else goes on as it is."""
        async with self._connection.transaction(isolation=ONE_STATE):
            position = (await follow(self._connection, NAME, 1)).position
            until_us, _ = await store.followed_until_us(self._connection, position)
            await self._define(position, until_us)

    async def _define(self, position: int, until_us: int) -> None:
        """Read definitions that the board does not have, and what was read before a moment.

        What the next commits bring is older than they are, and is not known yet: it is followed.
        """
        connection, board = self._connection, self.board
        stored = await store.definitions(connection)
        gone, ids = redefinition(self._stored, stored)
        self._stored = stored
        new = await store.alarms(connection, [stored[each] for each in ids], self._late_after_us)
        # What nobody watched meanwhile was not followed.
        self._newest_us = {
            point: at_us for point, at_us in self._newest_us.items() if point in board.points
        }
        board.redefine(gone, new)
        await store.end_what_is_gone(connection, list(board.alarms))
        followed = await store.followed_of_points(connection, position, until_us)
        untils_us = {
            point: max(at_us, self._newest_us.get(point, 0)) + 1
            for point, at_us in followed.items()
        }
        spans_us = look_back_of(new)
        found = await store.newest_before(connection, until_us, spans_us, untils_us)
        # What the other alarms of a point have not taken yet, a new one takes with them.
        followed_us = {point: self._newest_us.get(point, until_us) for point in found}
        known = {
            point: taken
            for point, readings in found.items()
            if (taken := [each for each in readings if each.sample.at_us <= followed_us[point]])
        }
        self._newest_us |= {point: taken[-1].sample.at_us for point, taken in known.items()}
        board.begin(new, known)
        self._site_of = await store.sites(connection)
        self._is_up_to_date = False
        self._tally.defined = len(board.alarms)
        self._tally.active = self._active()

    async def step(self, *, has_acts: bool = True) -> bool:
        """Follow some commits, let time pass; tell whether there is more.

        `has_acts`: people may want something done.
        """
        now_us, jumped_us = self._clock.read()
        if jumped_us:
            _log.warning("clock: it was set by %.1f s", jumped_us / 1e6)
            self._tally.jumps += 1
            self.board.jump(jumped_us)
        connection = self._connection
        async with connection.transaction():
            changes = await follow(connection, NAME, self._portion_limit_commits)
            is_caught_up = changes.end >= changes.newest
            entries = await self._maintained(now_us)
            entries += [entry async for entry in self._followed(changes, now_us)]
            acts = await store.acts(connection) if has_acts else []
            entries += self.board.act(acts, now_us)
            if is_caught_up:
                entries += self._bring_up_to_date(now_us)
            await self._write(entries, acts, now_us)
            if changes.commits:
                await move_on(connection, NAME, changes.end)
        self._count(changes, entries)
        return not is_caught_up or len(acts) == store.ACTS_LIMIT

    def due_us(self) -> int:
        """Return when `step` has something to do although nothing comes."""
        return self.board.due_us()

    def now_us(self) -> int:
        """Return the time of the clock that alarms go by."""
        return time.time_ns() // 1000

    async def _maintained(self, now_us: int) -> list[Entry]:
        """Look which points are being worked on now."""
        self._windows = await current_windows(self._connection, self._windows, now_us)
        return list(self.board.maintain(self._windows.points_at(now_us, WORKED_ON), now_us))

    async def _followed(self, changes: Changes, now_us: int) -> AsyncIterator[Entry]:
        if changes.is_gap:
            self._tally.gaps += 1
            _log.error(
                "follow: commits are gone that were not followed; what was then is not known"
            )
        spans = self._spans(changes.commits)
        found = await store.readings(self._connection, list(self._fresh(spans)))
        committed_us = {
            point_id: commit.committed_us
            for commit in changes.commits
            for point_id in commit.point_ids
        }
        for point_id, touched in spans.items():
            known_us = self._newest_us.get(point_id, 0)
            late = [span for span in touched if span.from_us <= known_us]
            for entry in await self._late(late, known_us, now_us):
                yield entry
        self.board.hindsight.know(await self._past_reasons(found, now_us))
        for entry in self._taken(found, committed_us, now_us):
            yield entry
        for commit in changes.commits:
            for site_id in {self._site_of.get(point_id, 0) for point_id in commit.point_ids}:
                for entry in self.board.heard(site_id, commit.committed_us, now_us):
                    yield entry

    async def _past_reasons(
        self, found: Mapping[int, Sequence[Reading]], now_us: int
    ) -> Mapping[UUID, Sequence[PastReason]]:
        """Return what suppressed alarms in the time of late readings, less than a day."""
        until_us = now_us - self._late_after_us
        begins_us = {point: readings[0].sample.at_us for point, readings in found.items()}
        late = {point: at_us for point, at_us in begins_us.items() if at_us < until_us}
        if not late:
            return {}
        alarms = [alarm for point in late for alarm in self.board.of_point(point)]
        from_us = max(min(late.values()), now_us - HISTORY_AFTER_US)
        return await past_reasons(self._connection, alarms, from_us, until_us)

    def _fresh(self, spans: Mapping[int, Sequence[Span]]) -> Iterator[Span]:
        """Yield of each point the span of what is newer than all that is known."""
        for point_id, touched in spans.items():
            from_us = min(span.from_us for span in touched)
            to_us = max(span.to_us for span in touched)
            known_us = self._newest_us.get(point_id, 0)
            if to_us > known_us:
                yield Span(point_id, max(from_us, known_us + 1), to_us)

    def _taken(
        self,
        found: Mapping[int, Sequence[Reading]],
        committed_us: Mapping[int, int],
        now_us: int,
    ) -> Iterator[Entry]:
        """Take what is new of all points in the order of its time: some suppresses other."""
        newest_us = {point: fresh[-1].sample.at_us for point, fresh in found.items()}
        self._newest_us |= newest_us
        leading = self.board.leading
        ordered = sorted(
            (reading.sample.at_us, point not in leading, point, reading)
            for point, fresh in found.items()
            for reading in fresh
        )
        for point, run in groupby(ordered, key=itemgetter(2)):
            readings = [reading for *_, reading in run]
            lag_us = committed_us[point] - newest_us[point]
            yield from self.board.take(point, readings, lag_us, now_us)

    async def _late(self, spans: Sequence[Span], known_us: int, now_us: int) -> list[Entry]:
        """Look again at what came after newer readings of its point."""
        entries: list[Entry] = []
        if spans:
            reviews = LateReadings(self._connection, self.board)
            from_us = min(span.from_us for span in spans)
            to_us = min(known_us, max(span.to_us for span in spans))
            for alarm in self.board.of_point(spans[0].point_id):
                span = Span(spans[0].point_id, from_us, to_us)
                entries += await reviews.review(alarm, span, known_us, now_us)
        return entries

    def _spans(self, commits: Sequence[Commit]) -> dict[int, list[Span]]:
        """Return what commits touched of the points that are watched, by point."""
        watched = self.board.points
        spans: dict[int, list[Span]] = defaultdict(list)
        for commit in commits:
            for span in zip(commit.point_ids, commit.from_us, commit.to_us, strict=True):
                if span[0] in watched:
                    spans[span[0]].append(Span(*span))
        return spans

    def _bring_up_to_date(self, now_us: int) -> Iterator[Entry]:
        """Do what definitions and the clock say once all commits are followed."""
        if not self._is_up_to_date:
            self._is_up_to_date = True
            yield from self.board.suppress_all(now_us)
            for alarm in self.board:
                yield from self.board.raise_or_clear(alarm, now_us)
        yield from self.board.tick(now_us)

    async def _write(self, entries: Sequence[Entry], acts: Sequence[Act], now_us: int) -> None:
        touched: dict[UUID, Alarm] = {each.alarm_id: each for each in self.board.restated()}
        if entries or touched:
            groups = _groups(entries)
            touched |= {entry.alarm_id: self.board.alarms[entry.alarm_id] for entry in entries}
            noted = [(entry, groups.get(entry.kind)) for entry in entries]
            await store.write(self._connection, noted, touched.values(), now_us)
        if acts:
            await store.done(self._connection, acts)

    def _count(self, changes: Changes, entries: Sequence[Entry]) -> None:
        tally = self._tally
        tally.looked_s = time.monotonic()
        tally.commits += len(changes.commits)
        tally.entries.update(entry.kind for entry in entries)
        tally.late += sum(entry.is_late for entry in entries)
        if entries:
            tally.active = self._active()
        tally.behind = changes.newest - changes.end
        if changes.commits:
            tally.delay_s = max(0.0, self.now_us() - changes.commits[-1].committed_us) / 1e6

    def _active(self) -> int:
        return sum(alarm.standing.is_active for alarm in self.board)


def _groups(entries: Sequence[Entry]) -> dict[str, UUID]:
    """Return a group for each kind of return that calls for several alarms at once."""
    calling = [entry.kind for entry in entries if entry.state is State.UNACKNOWLEDGED]
    return {kind: uuid4() for kind in GROUPED if calling.count(kind) > 1}
