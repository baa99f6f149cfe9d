"""Carries out rechecks beside the ingest, over a connection of its own."""

import asyncio
import logging
import time
from contextlib import suppress

import asyncpg

from ingest.database.cancellation import end_if_told
from ingest.database.connection import connect
from ingest.database.error_classes import Kind, kind_of
from ingest.database.plant_loader import load
from ingest.database.writer import SiteChanged
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.outage import Outage
from ingest.recheck.judge import Judge
from ingest.recheck.pair_follower import follow_pairs
from ingest.recheck.state_follower import follow_states
from ingest.recheck.step import take_step
from ingest.retry import Backoff
from schemas.queries import queries

RECHECK_CHANNEL = "virtaama_recheck"
COMMIT_CHANNEL = "virtaama_commit"
LOOK_INTERVAL_S = 1.0  # also when nothing was announced: a state opens a window
PAIRS_INTERVAL_S = 5.0  # so late a plausible pair is judged, at the most

REST_TIMES = 3  # as long as it worked: most of the time belongs to what is measured now
COMMIT_WAIT_S = 0.2  # then until somebody has committed: the time until the next batch is free

_SQL = queries("recheck")
_log = logging.getLogger(__name__)


class Worker:
    """Takes step after step for ever; several share the work. An error is no end: it tries on."""

    def __init__(self, dsn: str, *, timeout_s: float, retry_limit_s: float) -> None:
        self._dsn = dsn
        self._timeout_s = timeout_s
        self._backoff = Backoff(retry_limit_s)
        self._outage = Outage(_log, "a recheck")
        self._called = asyncio.Event()
        self._committed = asyncio.Event()
        self._connection: asyncpg.Connection | None = None

    async def run(self) -> None:
        """Work over one connection after the other, until cancelled.

        That the database is away is told by who carries readings.
        """
        while True:
            try:
                await self._over_a_connection()
            except Exception as error:
                end_if_told(error)
                if kind_of(error) is not Kind.TRANSIENT:
                    self._outage.goes_on(error)
                await asyncio.sleep(self._backoff.next_s())

    def drop(self) -> None:
        """Cut the connection at once."""
        if self._connection is not None:
            self._connection.terminate()

    async def _over_a_connection(self) -> None:
        self._connection = await connect(self._dsn, self._timeout_s, name="virtaama recheck")
        try:
            await self._connection.execute(_SQL["commit_without_waiting"])
            await self._connection.add_listener(RECHECK_CHANNEL, lambda *_: self._called.set())
            await self._connection.add_listener(COMMIT_CHANNEL, self._hear)
            await self._steps(self._connection)
        finally:
            self.drop()

    def _hear(self, connection: object, pid: int, _channel: str, _payload: object) -> None:
        """Note that somebody else has committed."""
        assert isinstance(connection, asyncpg.Connection)
        if pid != connection.get_server_pid():
            self._committed.set()

    async def _steps(self, connection: asyncpg.Connection) -> None:
        judge: Judge | None = None
        pairs_s = 0.0
        while True:
            self._called.clear()
            begun_s = time.monotonic()
            try:
                judge = judge or Judge(await load(connection, DEFAULT_LIMITS))
                did_work = await follow_states(connection)
                did_work |= await take_step(connection, judge)
                if judge.points.pairs.held and begun_s - pairs_s >= PAIRS_INTERVAL_S:
                    pairs_s = begun_s
                    did_work |= await follow_pairs(connection, judge, time.time_ns() // 1000)
            except SiteChanged:
                judge = None
                continue
            self._outage.is_over()
            self._backoff.reset()
            if did_work:
                await asyncio.sleep(REST_TIMES * (time.monotonic() - begun_s))
                self._committed.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(COMMIT_WAIT_S):
                        await self._committed.wait()
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_INTERVAL_S):
                        await self._called.wait()
