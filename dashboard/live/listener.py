"""Notices commits and changed rights: one connection that listens, and tells whoever waits."""

import asyncio
import logging
import random
from collections.abc import Callable

import psycopg

from schemas.connection import SERVER, check_direct
from schemas.errors import DatabasePooled
from schemas.queries import queries

RETRY_MAX_S = 5.0
IDLE_CHECK_S = 10.0  # a silent connection may be a dead one
ANSWER_MAX_S = 5.0
# Somebody's rights may have changed, or what is known of the plant.
FORGET_CHANNELS = ("virtaama_access", "virtaama_site")
ALARM_MOVING = ("virtaama_alarm", *FORGET_CHANNELS)

_SQL = queries("dashboard")
_log = logging.getLogger(__name__)


class Listener:
    """Counts what it was told; `after` waits for the count to move.

    `alarms_after` waits for that of whatever may have changed what somebody sees of alarms.
    While the database is away the count moves with every try to reach it, so that whoever waits
    asks, fails and says so. While nothing comes it moves too: rights begin and end by the clock.

    Args:
        url: The database.
        on_access: Called when somebody's rights or the site may have changed, and when that may
            have been missed; it must not wait for anything.
    """

    def __init__(self, url: str, on_access: Callable[[], None]) -> None:
        self._url = url
        self._on_access = on_access
        self._count = 0
        self._alarm_count = 0
        self._moved = asyncio.Event()

    async def after(self, count: int) -> int:
        """Wait until more than `count` was noticed, and return the new count."""
        while self._count <= count:
            await self._moved.wait()
        return self._count

    async def alarms_after(self, count: int) -> int:
        """Wait until more than `count` was noticed of alarms, and return the new count."""
        while self._alarm_count <= count:
            await self._moved.wait()
        return self._alarm_count

    def move(self) -> None:
        """Let all who wait look again."""
        self._count += 1
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def run(self) -> None:
        """Listen for ever."""
        wait_s = 0.0
        while True:
            try:
                await self._listen()
            except (psycopg.Error, TimeoutError, DatabasePooled) as error:
                if not wait_s:
                    _log.warning("listen: the database is away, trying again: %s", error)
                wait_s = min(RETRY_MAX_S, 2 * wait_s or 0.5)
            else:
                wait_s = 0.0
            self.move()
            await asyncio.sleep(random.uniform(0, wait_s))  # noqa: S311 - not a secret

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, application_name="virtaama dashboard listener"
        )
        async with connection:
            row = await (await connection.execute(SERVER)).fetchone()
            told, met = connection.info.backend_pid, row[0] if row else 0
            await asyncio.to_thread(check_direct, self._url, told=told, met=met)
            await connection.execute(_SQL["listen"])
            _log.info("listen: commits are noticed")
            self._on_access()
            self._alarm_count += 1
            self.move()
            while True:
                is_silent = True
                async for heard in connection.notifies(timeout=IDLE_CHECK_S, stop_after=1):
                    is_silent = False
                    if heard.channel in FORGET_CHANNELS:
                        self._on_access()
                    if heard.channel in ALARM_MOVING:
                        self._alarm_count += 1
                self._alarm_count += is_silent
                self.move()
                if is_silent:
                    async with asyncio.timeout(ANSWER_MAX_S):
                        await connection.execute("SELECT 1")
