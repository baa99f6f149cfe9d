"""Tries again what a slow clock took for the future's, once that clock is put forward.

A machine may start before it has heard what time it is. By its clock the stamps of devices that are
right are in the future, and go to quarantine.
"""

import asyncio
import logging
from dataclasses import replace

from ingest.database.cancellation import end_if_told
from ingest.decoding.rejection import Reason
from ingest.outage import Outage
from ingest.pipeline.quarantine_replay import replay_received
from ingest.reception_clock import ReceptionClock, Slow
from ingest.retry import Backoff
from ingest.settings import IngestSettings

LOOK_INTERVAL_S = 1.0
AGAIN_S = 60.0  # what was in hand meanwhile may have come to quarantine after the first try

_log = logging.getLogger(__name__)


class SlowClock:
    """Looks at the clock, and tries again by what it says when it was put forward."""

    def __init__(self, settings: IngestSettings, clock: ReceptionClock) -> None:
        self._dsn = settings.database_url.get_secret_value()
        self._limits = replace(settings.limits, later_us=clock.later_us)
        self._clock = clock
        self._backoff = Backoff(settings.ingest_retry_limit_s)
        self._outage = Outage(_log, "a retry of what a slow clock refused")

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            await asyncio.sleep(LOOK_INTERVAL_S)
            if (slow := self._clock.put_forward()) is None:
                continue
            _log.warning(
                "clock: this machine's clock was put forward by %.0f s. What it refused before as "
                "being in the future is tried again",
                slow.by_us / 1e6,
            )
            await self._try_again(slow)
            await asyncio.sleep(AGAIN_S)
            await self._try_again(slow)

    async def _try_again(self, slow: Slow) -> None:
        """Try until the database has answered."""
        while True:
            try:
                found = await replay_received(
                    self._dsn, slow.since_us, slow.until_us, Reason.STAMP_IN_FUTURE, self._limits
                )
            except Exception as error:
                end_if_told(error)
                self._outage.goes_on(error)
                await asyncio.sleep(self._backoff.next_s())
            else:
                self._outage.is_over()
                self._backoff.reset()
                if found.tried:
                    _log.info("clock: %s", found)
                return
