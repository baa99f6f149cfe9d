"""The process: follows commits until told to stop; an absent database is waited for."""

import asyncio
import logging
from contextlib import suppress

import asyncpg

from ingest.calculation.calculator import Calculator
from ingest.calculation.settings import CalculationSettings
from ingest.calculation.tally import Tally
from ingest.database.connection import connect
from ingest.database.process import over_connections, until_told
from ingest.monitoring.follower_endpoint import FollowerEndpoint
from ingest.monitoring.systemd import Notifier
from ingest.outage import Outage
from ingest.retry import Backoff

COMMIT_CHANNEL, SITE_CHANNEL = "virtaama_commit", "virtaama_site"
GATHER_S = 0.1  # readings of one moment come in several commits
LOOK_INTERVAL_S = 5.0  # also when nothing was announced

_log = logging.getLogger(__name__)


def run(settings: CalculationSettings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises DatabaseRefused, DatabasePooled or EndpointUnusable.
    """
    asyncio.run(_run(settings))


async def _run(settings: CalculationSettings) -> None:
    service = _Service(settings)
    await service.start()
    try:
        await until_told(service.work(), "calculate")
    finally:
        service.stop()
    _log.info("stop: done")


class _Service:
    """Calculates over one connection after the other, and lets others see how it is."""

    def __init__(self, settings: CalculationSettings) -> None:
        self._settings = settings
        self._tally = Tally()
        self._outage = Outage(_log, "the database")
        self._backoff = Backoff(settings.calculation_retry_limit_s)
        self._notifier = Notifier()
        self._endpoint = FollowerEndpoint(
            self._tally, self._outage, settings.calculation_stall_limit_s
        )
        self._called = asyncio.Event()
        self._site_changed = asyncio.Event()

    async def start(self) -> None:
        """Serve the endpoint if it has a port, and tell systemd. Raises EndpointUnusable."""
        await self._endpoint.start(
            self._settings.calculation_endpoint_host, self._settings.calculation_endpoint_port
        )
        self._notifier.ready()

    def stop(self) -> None:
        """Tell systemd that we end, and serve no more."""
        self._notifier.stopping()
        self._endpoint.stop()

    async def work(self) -> None:
        """Work for ever. Raises DatabaseRefused or DatabasePooled."""
        await over_connections(self._connect, self._use, self._wait_after)

    async def _connect(self) -> asyncpg.Connection:
        return await connect(
            self._settings.database_url.get_secret_value(),
            self._settings.calculation_database_timeout_s,
            name="virtaama calculate",
        )

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
            is_behind = await calculator.catch_up(connection)
            self._notifier.alive()
            if not has_more and not is_behind:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._called.wait(), LOOK_INTERVAL_S)
                await asyncio.sleep(GATHER_S)

    async def _wait_after(self, error: Exception) -> None:
        self._outage.goes_on(error)
        self._notifier.alive()  # a restart would not bring the database back
        await asyncio.sleep(self._backoff.next_s())

    def _changed(self) -> None:
        self._site_changed.set()
        self._called.set()
