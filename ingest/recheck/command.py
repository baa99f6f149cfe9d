"""Rechecks as somebody asks for them: what would change, and carrying it out at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import asyncpg

from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.database.writer import SiteChanged
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.timestamps import microseconds
from ingest.recheck.judge import Judge, Slice
from ingest.recheck.slices import look, next_slice
from ingest.recheck.step import take_step
from ingest.recheck.tally import Tally
from schemas.queries import queries

DATABASE_TIMEOUT_S = 120.0
WAIT_S = 0.2  # for a slice that another process works on

_T = TypeVar("_T")

_SQL = queries("recheck")


@dataclass(frozen=True)
class NamedPoint:
    """A point of a site, by what people call it: `path` is line/key."""

    point_id: int
    site: str
    path: str
    time_zone: str


@dataclass(frozen=True)
class Wanted:
    """The readings of some points from one moment to another, both aware."""

    point_ids: Sequence[int]
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Progress:
    """How far a recheck has come; `place` of `points` is worked on."""

    asked_by: str
    reason: str
    place: int
    points: int
    next_ts: datetime | None
    looked_at: int
    changed: int
    finished_at: datetime | None


@dataclass(frozen=True)
class Unfinished:
    """A recheck that somebody asked for and that is not done yet."""

    recheck_id: UUID
    asked_by: str
    reason: str


Told = Callable[[Progress], None]


def named_points(dsn: str) -> list[NamedPoint]:
    """Return all points in order of their names. Raises OSError or asyncpg's errors, as all do."""

    async def work(connection: asyncpg.Connection) -> list[NamedPoint]:
        return [NamedPoint(*record) for record in await connection.fetch(_SQL["points"])]

    return asyncio.run(_connected(dsn, work))


def unfinished(dsn: str) -> list[Unfinished]:
    """Return the rechecks that are not done yet, the oldest first."""

    async def work(connection: asyncpg.Connection) -> list[Unfinished]:
        return [Unfinished(*record) for record in await connection.fetch(_SQL["unfinished"])]

    return asyncio.run(_connected(dsn, work))


def preview(dsn: str, wanted: Wanted) -> Tally:
    """Return what a recheck would change now; nothing is written, and nobody waits for it."""

    async def work(connection: asyncpg.Connection) -> Tally:
        judge = Judge(await load(connection, DEFAULT_LIMITS))
        tally = Tally()
        span_us = microseconds(wanted.since), microseconds(wanted.until)
        for point_id in wanted.point_ids:
            if point_id not in judge.calculated:
                whole = judge.span(point_id, *span_us)
                await _look_through(connection, whole, judge, tally)
        return tally

    return asyncio.run(_connected(dsn, work))


def ask(dsn: str, wanted: Wanted, *, who: str, why: str) -> UUID:
    """Store a recheck, to be carried out. The points are of one site."""

    async def work(connection: asyncpg.Connection) -> UUID:
        found: UUID = await connection.fetchval(
            _SQL["ask"], list(wanted.point_ids), wanted.since, wanted.until, who, why
        )
        return found

    return asyncio.run(_connected(dsn, work))


def carry_out(dsn: str, recheck_id: UUID, tell: Told) -> Progress:
    """Work on a recheck until it is done, together with whoever else does."""

    async def work(connection: asyncpg.Connection) -> Progress:
        judge: Judge | None = None
        while True:
            progress = Progress(*await connection.fetchrow(_SQL["progress"], recheck_id))
            tell(progress)
            if progress.finished_at is not None:
                return progress
            try:
                judge = judge or Judge(await load(connection, DEFAULT_LIMITS))
                if not await take_step(connection, judge, recheck_id):
                    await asyncio.sleep(WAIT_S)
            except SiteChanged:
                judge = None
            except asyncpg.DeadlockDetectedError:
                continue  # nothing has happened

    return asyncio.run(_connected(dsn, work))


async def _look_through(
    connection: asyncpg.Connection, whole: Slice, judge: Judge, tally: Tally
) -> None:
    rest = whole
    while rest.from_us <= rest.to_us:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            part = await next_slice(connection, rest)
            found = await look(connection, part, judge)
        tally.add(found)
        rest = rest._replace(from_us=found.to_us + 1)


async def _connected(dsn: str, work: Callable[[asyncpg.Connection], Awaitable[_T]]) -> _T:
    connection = await connect(dsn, DATABASE_TIMEOUT_S, name="virtaama recheck")
    try:
        return await work(connection)
    finally:
        connection.terminate()
