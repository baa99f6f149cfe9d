"""The process: follows commits until told to stop; an absent database is waited for."""

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial

import asyncpg

from ingest.calculation.calculator import FOLLOWER, Calculator
from ingest.calculation.gathering import gather
from ingest.calculation.settings import CalculationSettings
from ingest.calculation.tally import Tally
from ingest.database.changes import waiting
from ingest.monitoring.follower_service import FollowerService, FollowerSettings

COMMIT_CHANNEL, SITE_CHANNEL = "virtaama_commit", "virtaama_site"
CATCH_UP_S = 0.1  # on what is due, before commits are looked for again
LOOK_INTERVAL_S = 5.0  # also when nothing was announced

_log = logging.getLogger(__name__)


def run(settings: CalculationSettings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises DatabaseRefused, DatabasePooled or EndpointUnusable.
    """
    asyncio.run(_Service(settings).run())


async def _catch_up(calculator: Calculator, connection: asyncpg.Connection) -> bool:
    """Work for a moment on what is due; tell whether there is more. Raises asyncpg's errors."""
    until_s = time.monotonic() + CATCH_UP_S
    while await calculator.catch_up(connection):
        if time.monotonic() > until_s:
            return True
    return False


class _Service(FollowerService):
    """Calculates what commits make wrong."""

    def __init__(self, settings: CalculationSettings) -> None:
        self._tally = Tally()
        super().__init__(
            "calculate",
            FollowerSettings(
                settings.database_url.get_secret_value(),
                settings.calculation_database_timeout_s,
                settings.calculation_retry_limit_s,
                settings.calculation_endpoint_host,
                settings.calculation_endpoint_port,
                settings.calculation_stall_limit_s,
            ),
            self._tally,
        )
        self._called = asyncio.Event()
        self._site_changed = asyncio.Event()

    async def _use(self, connection: asyncpg.Connection) -> None:
        """Work until the connection fails. Raises asyncpg's errors."""
        await connection.add_listener(COMMIT_CHANNEL, lambda *_: self._called.set())
        await connection.add_listener(SITE_CHANNEL, lambda *_: self._changed())
        self._changed()
        while True:
            self._called.clear()
            if self._site_changed.is_set():
                self._site_changed.clear()
                calculator = await Calculator.load(connection, self._tally)
                _log.info("load: %d points are calculated", self._tally.points)
            self._outage.is_over()
            self._backoff.reset()
            has_more = await calculator.follow_commits(connection)
            is_behind = await _catch_up(calculator, connection)
            self._notifier.alive()
            if has_more or (is_behind and not (await waiting(connection, FOLLOWER)).commits):
                continue
            if not is_behind:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_INTERVAL_S):
                        await self._called.wait()
            await gather(partial(waiting, connection, FOLLOWER), has_waited=is_behind)

    def _changed(self) -> None:
        self._site_changed.set()
        self._called.set()
