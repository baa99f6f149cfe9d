"""One round of calculating: what commits made wrong is made right, in one transaction."""

import time
from collections.abc import Iterable, Sequence

import asyncpg
import numpy as np

from ingest.calculation.correction import Correction, correction
from ingest.calculation.description import load_plans
from ingest.calculation.plan import END_US, Plan
from ingest.calculation.store import keep_plans, newest_us, postpone, read_series, take_due
from ingest.calculation.stretches import Stretch, Uses, grouped
from ingest.calculation.values import NO_ROWS, calculated
from ingest.database.arrivals import arrivals
from ingest.database.changes import Changes, Commit, follow, moved, note
from ingest.database.connection import ADD_GAINS_AND_ANNOUNCE, ANNOUNCE
from ingest.database.plant_loader import load
from ingest.database.rebuild import rebuild
from ingest.database.rollup import gains
from ingest.database.staging import copy_gains, copy_rows
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.columns import Rows, bare_rows, concatenated, joined
from ingest.decoding.point import BEGINNING_US
from ingest.decoding.points import Points
from ingest.quality.range_checks import checked
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
    """

    def __init__(self, plans: dict[int, Plan], points: Points) -> None:
        self._plans = plans
        self._points = points
        self._uses = Uses(plans)

    @classmethod
    async def load(cls, connection: asyncpg.Connection) -> "Calculator":
        """Read the sites; what is calculated otherwise than before is due from now on.

        Raises asyncpg's errors.
        """
        async with connection.transaction():
            await follow(connection, FOLLOWER, 0)
            plans = await load_plans(connection)
            await keep_plans(connection, plans)
        plant = await load(connection, DEFAULT_LIMITS)
        return cls(plans, plant.points)

    @property
    def count(self) -> int:
        """How many points are calculated."""
        return sum(bool(plan.periods) for plan in self._plans.values())

    async def follow_commits(self, connection: asyncpg.Connection) -> bool:
        """Work on the next commits; tell whether there may be more.

        Raises asyncpg's errors; then nothing has happened.
        """
        async with connection.transaction():
            changes = await follow(connection, FOLLOWER, COMMITS_LIMIT)
            if changes.position == changes.end and not changes.is_gap:
                return False
            await self._follow(connection, changes)
            await moved(connection, FOLLOWER, changes.end)
        return len(changes.commits) == COMMITS_LIMIT

    async def catch_up(self, connection: asyncpg.Connection) -> bool:
        """Work on a day of what is due; tell whether there was any. Raises asyncpg's errors."""
        async with connection.transaction():
            await follow(connection, FOLLOWER, 0)
            try:
                stretches = await take_due(connection, self._plans)
            except LookupError:
                return False
            await self._calculate(connection, stretches)
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
        await connection.execute(_INGEST_SQL["plan_with_bounds"])
        plans = [self._plans[each.point_id] for each in stretches]
        first_us, last_us = stretches[0].from_us, max(each.to_us for each in stretches)
        stored = await read_series(connection, plans, first_us, last_us)
        received_us = time.time_ns() // 1000
        parts = [
            calculated(self._plans[each.point_id], stored, each, received_us) for each in stretches
        ]
        rows = concatenated([NO_ROWS, *parts])
        rows = checked(rows.take(np.lexsort((rows.ts_us, rows.point_id))), self._points)
        await self._write(connection, correction(stretches, rows, stored))

    async def _write(self, connection: asyncpg.Connection, found: Correction) -> None:
        if found.gone:
            gone, moments_us = zip(*found.gone, strict=True)
            await connection.execute(_SQL["forget_readings"], list(gone), list(moments_us))
        written = found.written
        if len(written):
            await copy_rows(connection, "reading", written)
        await rebuild(connection, self._points, found.spans)
        await note(connection, _with_gone(written, found))
        if len(found.added):
            points = np.unique(found.added.point_id).tolist()
            await connection.execute(_INGEST_SQL["take_over"], points)
            nothing = arrivals(found.added.received_us[:0])
            await copy_gains(connection, gains(found.added, self._points), nothing)
            await connection.execute(ADD_GAINS_AND_ANNOUNCE)
        elif len(written) or found.gone:
            await connection.execute(ANNOUNCE)


def _touched(commits: Iterable[Commit], points: frozenset[int]) -> list[tuple[int, int, int]]:
    """Return what commits touched of those points: point, first and last moment."""
    return [
        span
        for commit in commits
        for span in zip(commit.point_ids, commit.from_us, commit.to_us, strict=True)
        if span[0] in points
    ]


def _with_gone(written: Rows, found: Correction) -> Rows:
    """Return a row for each moment that was touched; of those that went only point and time."""
    if not found.gone:
        return written
    points, moments_us = zip(*found.gone, strict=True)
    values = np.full(len(points), np.nan)
    gone = bare_rows(np.array(points, np.int32), np.array(moments_us, np.int64), values)
    rows = joined(written, gone)
    return rows.take(np.lexsort((rows.ts_us, rows.point_id)))
