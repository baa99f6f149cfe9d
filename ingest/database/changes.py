"""Commits of readings in their order: noted by who writes, followed by who works on readings later.

A follower has a position in the database, and moves it in the same transaction as what it made of
the commits: a crash neither misses one nor works on one twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import numpy as np

from ingest.decoding.columns import Rows
from schemas.queries import queries

_SQL = queries("change")


@dataclass(frozen=True)
class Commit:
    """One commit: of each point that it touched the first and the last device time.

    Moments are microseconds since 1970 UTC; both ends are touched.
    """

    change_id: int
    committed_us: int
    point_ids: Sequence[int]
    from_us: Sequence[int]
    to_us: Sequence[int]


@dataclass(frozen=True)
class Changes:
    """What a follower has before it: the next commits after `position`, of all up to `newest`.

    With `is_gap` there is something that it was never told: it is new, or was away for so long that
    commits are gone. It has to look at everything.
    """

    position: int
    newest: int
    is_gap: bool
    commits: tuple[Commit, ...]

    @property
    def end(self) -> int:
        """The position after these commits."""
        return self.commits[-1].change_id if self.commits else self.newest


@dataclass(frozen=True)
class Waiting:
    """How many commits wait for a follower, and the newest device time that they touched."""

    commits: int
    newest_us: int


async def note(connection: asyncpg.Connection, rows: Rows) -> None:
    """Note in the transaction of `rows`, sorted by (point_id, ts_us), what they touch.

    Raises asyncpg's errors.
    """
    if not len(rows):
        return
    edges = np.flatnonzero(np.diff(rows.point_id)) + 1
    starts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [len(rows)])) - 1
    await connection.execute(
        _SQL["note"],
        rows.point_id[starts].tolist(),
        rows.ts_us[starts].tolist(),
        rows.ts_us[ends].tolist(),
    )


async def follow(connection: asyncpg.Connection, name: str, limit_commits: int) -> Changes:
    """Return what comes next for a follower, which nobody else is until the transaction ends.

    Raises asyncpg's errors.
    """
    is_new = await connection.fetchval(_SQL["begin_to_follow"], name) is not None
    position = await connection.fetchval(_SQL["position"], name)
    newest = await connection.fetchval(_SQL["newest"])
    records = await connection.fetch(_SQL["following"], position, limit_commits)
    commits = tuple(Commit(*record) for record in records)
    expected = commits[0].change_id - 1 if commits else newest
    return Changes(position, newest, is_new or position < expected, commits)


async def waiting(connection: asyncpg.Connection, name: str) -> Waiting:
    """Return what is before a follower, without taking it. Raises asyncpg's errors."""
    return Waiting(*await connection.fetchrow(_SQL["waiting"], name))


async def begin_with_what_is_kept(connection: asyncpg.Connection, name: str) -> None:
    """Let a new follower begin with the oldest commit that is kept; one that is known goes on.

    Raises asyncpg's errors.
    """
    await connection.execute(_SQL["begin_with_what_is_kept"], name)


async def move_on(connection: asyncpg.Connection, name: str, position: int) -> None:
    """Store how far a follower has come, in the transaction of what it did.

    Raises asyncpg's errors.
    """
    await connection.execute(_SQL["move"], name, position)
