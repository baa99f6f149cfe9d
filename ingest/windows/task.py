"""The task beside the live messages: follows states, and judges anew what windows have changed."""

import asyncio
import logging
from contextlib import suppress
from typing import NoReturn

import asyncpg

from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.database.process import over_connections
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.outage import Outage
from ingest.quality.memory import Memory
from ingest.retry import Backoff
from ingest.windows.rejudging import rejudge_next
from ingest.windows.states import follow_states

WINDOW_CHANNEL, SITE_CHANNEL = "virtaama_window", "virtaama_site"
LOOK_INTERVAL_S = 1.0  # states are not announced

_log = logging.getLogger(__name__)


async def keep_windows(dsn: str, timeout_s: float, retry_limit_s: float) -> NoReturn:
    """Work for ever. Raises DatabaseRefused or DatabasePooled."""
    backoff = Backoff(retry_limit_s)
    outage = Outage(_log, "the database")

    async def wait_after(error: Exception) -> None:
        outage.goes_on(error)
        await asyncio.sleep(backoff.next_s())

    async def use(connection: asyncpg.Connection) -> None:
        outage.is_over()
        backoff.reset()
        await _use(connection)

    await over_connections(
        lambda: connect(dsn, timeout_s, name="virtaama windows"), use, wait_after
    )


async def _use(connection: asyncpg.Connection) -> None:
    called, site_changed = asyncio.Event(), asyncio.Event()

    def change_site(*_: object) -> None:
        site_changed.set()
        called.set()

    await connection.add_listener(WINDOW_CHANNEL, lambda *_: called.set())
    await connection.add_listener(SITE_CHANNEL, change_site)
    memory = Memory()
    site_changed.set()
    while True:
        called.clear()
        if site_changed.is_set():
            site_changed.clear()
            points = (await load(connection, DEFAULT_LIMITS)).points
        has_more = await follow_states(connection)
        while await rejudge_next(connection, points, memory):
            pass
        if not has_more:
            with suppress(TimeoutError):
                await asyncio.wait_for(called.wait(), LOOK_INTERVAL_S)
