"""A process that follows commits: over one connection after the other, and seen by others."""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import NamedTuple

import asyncpg

from ingest.database.connection import connect
from ingest.database.process import over_connections, until_told
from ingest.monitoring.follower_endpoint import FollowerEndpoint, FollowerTally
from ingest.monitoring.systemd import Notifier
from ingest.outage import Outage
from ingest.retry import Backoff

_log = logging.getLogger(__name__)


class FollowerSettings(NamedTuple):
    """How a follower reaches its database, and where others see how it is (no port: nowhere)."""

    database_url: str
    database_timeout_s: float
    retry_limit_s: float
    endpoint_host: str
    endpoint_port: int | None
    stall_limit_s: float


class FollowerService(ABC):
    """`virtaama NAME`; an absent database is waited for."""

    def __init__(self, name: str, settings: FollowerSettings, tally: FollowerTally) -> None:
        self._name = name
        self._follower_settings = settings
        self._outage = Outage(_log, "the database")
        self._backoff = Backoff(settings.retry_limit_s)
        self._notifier = Notifier()
        self._endpoint = FollowerEndpoint(tally, self._outage, settings.stall_limit_s)

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT.

        Raises DatabaseRefused, DatabasePooled or EndpointUnusable.
        """
        settings = self._follower_settings
        await self._endpoint.start(settings.endpoint_host, settings.endpoint_port)
        self._notifier.ready()
        try:
            work = over_connections(self._connect, self._use, self._wait_after)
            await until_told(work, self._name)
        finally:
            self._notifier.stopping()
            self._endpoint.stop()
        _log.info("stop: done")

    @abstractmethod
    async def _use(self, connection: asyncpg.Connection) -> None:
        """Work until the connection fails. Raises asyncpg's errors."""

    async def _connect(self) -> asyncpg.Connection:
        settings = self._follower_settings
        return await connect(
            settings.database_url, settings.database_timeout_s, name=f"virtaama {self._name}"
        )

    async def _wait_after(self, error: Exception) -> None:
        self._outage.goes_on(error)
        self._notifier.alive()  # a restart would not bring the database back
        await asyncio.sleep(self._backoff.next_s())
