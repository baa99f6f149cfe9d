"""The process: follows commits until told to stop; an absent database is waited for."""

import asyncio
import logging
from contextlib import suppress

import asyncpg

from ingest.calculation.calculator import Calculator
from ingest.calculation.settings import CalculationSettings
from ingest.database.connection import connect
from ingest.database.process import over_connections, until_told
from ingest.outage import Outage
from ingest.retry import Backoff

COMMIT_CHANNEL, SITE_CHANNEL = "virtaama_commit", "virtaama_site"
GATHER_S = 0.1  # readings of one moment come in several commits
LOOK_INTERVAL_S = 5.0  # also when nothing was announced

_log = logging.getLogger(__name__)


def run(settings: CalculationSettings) -> None:
    """Run until SIGTERM or SIGINT. Raises DatabaseRefused or DatabasePooled."""
    asyncio.run(_run(settings))


async def _run(settings: CalculationSettings) -> None:
    await until_told(_work(settings), "calculate")
    _log.info("stop: done")


async def _work(settings: CalculationSettings) -> None:
    """Calculate for ever, over one connection after the other."""
    backoff = Backoff(settings.calculation_retry_limit_s)
    outage = Outage(_log, "the database")

    async def wait_after(error: Exception) -> None:
        outage.goes_on(error)
        await asyncio.sleep(backoff.next_s())

    await over_connections(
        lambda: connect(
            settings.database_url.get_secret_value(), settings.calculation_database_timeout_s
        ),
        lambda connection: _Rounds(connection, outage, backoff).run(),
        wait_after,
    )


class _Rounds:
    """Rounds over one connection."""

    def __init__(self, connection: asyncpg.Connection, outage: Outage, backoff: Backoff) -> None:
        self._connection = connection
        self._outage = outage
        self._backoff = backoff
        self._called = asyncio.Event()
        self._site_changed = asyncio.Event()

    async def run(self) -> None:
        """Work until the connection fails. Raises asyncpg's errors."""
        await self._connection.add_listener(COMMIT_CHANNEL, lambda *_: self._called.set())
        await self._connection.add_listener(SITE_CHANNEL, lambda *_: self._changed())
        self._changed()
        while True:
            self._called.clear()
            if self._site_changed.is_set():
                self._site_changed.clear()
                calculator = await Calculator.load(self._connection)
                _log.info("load: %d points are calculated", calculator.count)
            self._outage.is_over()
            self._backoff.reset()
            has_more = await calculator.follow_commits(self._connection)
            is_behind = await calculator.catch_up(self._connection)
            if not has_more and not is_behind:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._called.wait(), LOOK_INTERVAL_S)
                await asyncio.sleep(GATHER_S)

    def _changed(self) -> None:
        self._site_changed.set()
        self._called.set()
