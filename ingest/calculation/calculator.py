"""One round of calculating: what commits made wrong is made right, in one transaction."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import asyncpg
import numpy as np

from ingest.calculation.correction import Correction, correction
from ingest.calculation.description import load_plans
from ingest.calculation.plan import END_US, Plan
from ingest.calculation.store import count_due, keep_plans, newest_us, postpone, read, take_due
from ingest.calculation.stretches import Stretch, Uses, grouped
from ingest.calculation.tally import Tally
from ingest.calculation.values import calculated
from ingest.database.arrivals import NO_ARRIVALS
from ingest.database.changes import Changes, Commit, follow, move_on, note
from ingest.database.connection import ADD_GAINS_AND_ANNOUNCE, ANNOUNCE
from ingest.database.plant_loader import load
from ingest.database.rebuild import rebuild
from ingest.database.rollup import gains
from ingest.database.staging import copy_gains, copy_rows
from ingest.database.windows import current_windows
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.point import BEGINNING_US
from ingest.decoding.points import Points
from ingest.quality.range_checks import checked
from ingest.quality.windows import NO_WINDOWS
from schemas.queries import queries

FOLLOWER = "calculation"
COMMITS_LIMIT = 500  # of one round

_SQL = queries("calculation")
_INGEST_SQL = queries("ingest")


class Calculator:
    """Calculates what follows from commits. It may be given up at any time and made anew.

    Args:
        plans: How each calculated point is calculated.
        points: All points, as checks and rollups need them.
        tally: Where it counts.
    """

    def __init__(self, plans: dict[int, Plan], points: Points, tally: Tally) -> None:
        self._plans = plans
        self._points = points
        self._uses = Uses(plans)
        self._windows = NO_WINDOWS
        self._tally = tally
        self._done = Counter[str]()  # of a transaction
        tally.points = sum(bool(plan.periods) for plan in plans.values())

    @classmethod
    async def load(cls, connection: asyncpg.Connection, tally: Tally) -> "Calculator":
        """Read the sites; what is calculated otherwise than before is due from now on.

        Raises asyncpg's errors.
        """
        async with connection.transaction():
            await follow(connection, FOLLOWER, 0)
            plans = await load_plans(connection)
            await keep_plans(connection, plans)
        plant = await load(connection, DEFAULT_LIMITS)
        return cls(plans, plant.points, tally)

    async def follow_commits(self, connection: asyncpg.Connection) -> bool:
        """Work on the next commits; tell whether there may be more.

        Raises asyncpg's errors; then nothing has happened.
        """
        began_s = time.monotonic()
        self._done.clear()
        async with connection.transaction():
            changes = await follow(connection, FOLLOWER, COMMITS_LIMIT)
            if changes.position == changes.end and not changes.is_gap:
                self._tally.looked(waiting=0)
                return False
            await self._follow(connection, changes)
            await move_on(connection, FOLLOWER, changes.end)
        self._tally.followed(changes)
        self._tally.worked(self._done, time.monotonic() - began_s)
        return len(changes.commits) == COMMITS_LIMIT

    async def catch_up(self, connection: asyncpg.Connection) -> bool:
        """Work on a day of what is due; tell whether there was any. Raises asyncpg's errors."""
        began_s = time.monotonic()
        self._done.clear()
        async with connection.transaction():
            await follow(connection, FOLLOWER, 0)
            self._tally.due = await count_due(connection)
            if not self._tally.due:
                return False
            await self._calculate(connection, await take_due(connection, self._plans))
        self._tally.worked(self._done, time.monotonic() - began_s)
        return True

    async def _follow(self, connection: asyncpg.Connection, changes: Changes) -> None:
        if changes.is_gap:
            # What came meanwhile is not known any more, so all is looked at.
            everything = (Stretch(BEGINNING_US, END_US - 1, point) for point in self._plans)
            await postpone(connection, everything)
        touched = _touched(changes.commits, self._uses.points)
        if not touched:
            return
        concerned = self._uses.of({point_id for point_id, _, _ in touched})
        newest = await newest_us(connection, self._plans, concerned)
        stretches = self._uses.touched_by(touched, newest)
        await postpone(connection, (each for each in stretches if each.is_wide))
        for group in grouped(each for each in stretches if not each.is_wide):
            await self._calculate(connection, group)

    async def _calculate(
        self, connection: asyncpg.Connection, stretches: Sequence[Stretch]
    ) -> None:
        """Bring what is stored in stretches to what follows from the inputs."""
        if not stretches:
            return
        await connection.execute(_INGEST_SQL["share_site"])
        await connection.execute(_INGEST_SQL["plan_with_bounds"])
        stored = await read(connection, self._plans, stretches)
        rows = calculated(self._plans, stored, stretches, time.time_ns() // 1000)
        from_us = min(each.from_us for each in stretches)
        self._windows = await current_windows(connection, self._windows, from_us)
        rows = replace(rows, checks=rows.checks | self._windows.marks(rows))
        await self._write(connection, correction(stretches, checked(rows, self._points), stored))

    async def _write(self, connection: asyncpg.Connection, found: Correction) -> None:
        gone, written = found.gone, found.written
        self._done.update(written=len(written), replaced=len(gone))
        if not len(gone) and not len(written):
            return
        if len(gone):
            keys = gone.point_id.tolist(), gone.ts_us.tolist()
            await connection.execute(_SQL["forget_readings"], *keys)
        if len(written):
            await copy_rows(connection, "reading", written)
        await rebuild(connection, self._points, found.spans)
        await note(connection, found.touched)
        if not len(found.added):
            await connection.execute(ANNOUNCE)
            return
        points = np.unique(found.added.point_id).tolist()
        await connection.execute(_INGEST_SQL["take_over"], points)
        await copy_gains(connection, gains(found.added, self._points), NO_ARRIVALS)
        await connection.execute(ADD_GAINS_AND_ANNOUNCE)
        await connection.execute(_INGEST_SQL["clear_gains"])  # more stretches may follow


def _touched(commits: Iterable[Commit], points: frozenset[int]) -> list[tuple[int, int, int]]:
    """Return what commits touched of those points: point, first and last moment."""
    return [
        span
        for commit in commits
        for span in zip(commit.point_ids, commit.from_us, commit.to_us, strict=True)
        if span[0] in points
    ]
