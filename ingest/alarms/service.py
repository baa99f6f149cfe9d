"""The process: moves alarms until told to stop; an absent database is waited for."""

import asyncio
import logging
import time

import asyncpg

from ingest.alarms import store
from ingest.alarms.clock import Clock
from ingest.alarms.follower import Follower
from ingest.alarms.settings import AlarmsSettings
from ingest.alarms.tally import Tally
from ingest.monitoring.follower_service import FollowerService, FollowerSettings

COMMIT_CHANNEL, ALARM_CHANNEL, SITE_CHANNEL = "virtaama_commit", "virtaama_alarm", "virtaama_site"
DEFINITION = "definition"  # what a notice on ALARM_CHANNEL says if an alarm was defined anew
LOOK_INTERVAL_S = 1.0  # also when nothing was announced and nothing is due
STANDBY_INTERVAL_S = 1.0

_log = logging.getLogger(__name__)


def run(settings: AlarmsSettings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises DatabaseRefused, DatabasePooled or EndpointUnusable.
    """
    asyncio.run(_Service(settings).run())


class _Service(FollowerService):
    """Moves alarms by what is committed."""

    def __init__(self, settings: AlarmsSettings) -> None:
        self._tally = Tally()
        super().__init__(
            "alarms",
            FollowerSettings(
                settings.database_url.get_secret_value(),
                settings.alarms_database_timeout_s,
                settings.alarms_retry_limit_s,
                settings.alarms_endpoint_host,
                settings.alarms_endpoint_port,
                settings.alarms_stall_limit_s,
            ),
            self._tally,
        )
        self._settings = settings
        self._called = asyncio.Event()
        self._is_redefined = False
        self._has_acts = True

    async def _use(self, connection: asyncpg.Connection) -> None:
        try:
            await self._move(connection)
        finally:
            self._tally.is_moving = False

    async def _move(self, connection: asyncpg.Connection) -> None:
        """Move alarms over a connection until it fails; first wait until nobody else does."""
        connection.add_termination_listener(self._call)
        await connection.add_listener(COMMIT_CHANNEL, self._call)
        await connection.add_listener(ALARM_CHANNEL, self._ask)
        await connection.add_listener(SITE_CHANNEL, self._redefine)
        self._outage.is_over()
        await self._alone(connection)
        follower = Follower(
            connection,
            Clock(),
            self._tally,
            portion_limit_commits=self._settings.alarms_portion_limit_commits,
            late_after_s=self._settings.alarms_late_after_s,
        )
        self._is_redefined, self._has_acts = False, True
        await follower.load()
        _log.info("load: %d alarms are in force", self._tally.defined)
        while True:
            self._called.clear()
            if self._is_redefined:
                self._is_redefined = False
                await follower.redefine()
                _log.info("redefine: %d alarms are in force", self._tally.defined)
            has_acts, self._has_acts = self._has_acts, False
            has_more = await follower.step(has_acts=has_acts)
            self._has_acts |= has_more
            self._backoff.reset()
            self._notifier.alive()
            if not has_more:
                wait_s = (follower.due_us() - follower.now_us()) / 1e6
                try:
                    async with asyncio.timeout(min(max(wait_s, 0.01), LOOK_INTERVAL_S)):
                        await self._called.wait()
                except TimeoutError:
                    self._has_acts = True  # whatever was not announced

    async def _alone(self, connection: asyncpg.Connection) -> None:
        is_told = False
        while not await store.work_alone(connection):
            if not is_told:
                _log.warning(
                    "standby: another process moves alarms; this one takes over if it ends"
                )
            is_told = True
            self._tally.looked_s = time.monotonic()
            self._notifier.alive()
            await asyncio.sleep(STANDBY_INTERVAL_S)
        self._tally.is_moving = True

    def _call(self, *_: object) -> None:
        self._called.set()

    def _ask(self, *notice: object) -> None:
        self._is_redefined |= notice[-1] == DEFINITION
        self._has_acts = True
        self._called.set()

    def _redefine(self, *_: object) -> None:
        self._is_redefined = True
        self._called.set()
