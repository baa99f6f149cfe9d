"""Takes what the broker had kept before we subscribed, once for each filter, however we end.

The database remembers of which filters it was taken. Whoever is killed before that takes it again,
and what is stored already stays as it is.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from ingest.broker_url import RETAINED_SUFFIX
from ingest.database.session import Session
from ingest.mqtt.consumer import Subscribed
from ingest.mqtt.retained import RetainedSource
from ingest.mqtt.sources import Sources
from ingest.settings import IngestSettings

_log = logging.getLogger(__name__)


class Retained:
    """Waits until the source has subscribed, then takes what was kept beside it.

    Where the broker does not let in a second connection, or is no Mosquitto, the source takes it
    itself: then it comes before everything newer.
    """

    def __init__(
        self,
        settings: IngestSettings,
        session: Session,
        sources: Sources,
        make: Callable[[], RetainedSource],
    ) -> None:
        self._client_id = settings.ingest_client_id
        self._is_apart = settings.ingest_retained_limit_bytes > 0
        self._session = session
        self._sources = sources
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._due = asyncio.Event()
        self._came = asyncio.Event()
        self._is_lost = False  # the broker has forgotten the session: all it kept is due again

    def subscribed(self, found: Subscribed) -> None:
        """Note that the broker has all subscriptions; called by the network thread."""
        self._loop.call_soon_threadsafe(self._subscribed, found)

    async def run(self) -> None:
        """Take whatever is due; never returns. Raises DatabaseRefused."""
        while True:
            await self._due.wait()
            self._due.clear()
            if self._is_lost:
                self._is_lost = False
                await self._session.forget_taken(self._client_id)
            filters = await self._session.untaken(self._client_id)
            if filters:
                await self._take(filters)

    async def _take(self, filters: Sequence[str]) -> None:
        if not (self._is_apart and await self._taken_apart(filters)):
            self._came.clear()
            self._sources.source.subscribe_with_retained()
            await self._came.wait()
        if not self._is_lost:
            await self._session.note_taken(self._client_id, filters)
            _log.info("retained: what the broker had kept is received")

    async def _taken_apart(self, filters: Sequence[str]) -> bool:
        """Return whether all was taken by a connection of its own."""
        done: asyncio.Future[str] = self._loop.create_future()
        source = self._make()
        source.on_done = lambda found: _tell(self._loop, done, found)
        source.subscribe(filters)
        self._sources.retained = source
        source.start()
        problem = await done
        await asyncio.to_thread(self._sources.end_retained)
        if problem:
            _log.warning(
                "retained: %s, so what it has kept comes before all that comes now. At a Mosquitto "
                "`virtaama broker-access` gives %s%s what it needs",
                problem,
                self._client_id,
                RETAINED_SUFFIX,
            )
        return not problem

    def _subscribed(self, found: Subscribed) -> None:
        self._is_lost |= found.is_new_session
        if found.with_retained:
            self._came.set()
        self._due.set()


def _tell(loop: asyncio.AbstractEventLoop, done: "asyncio.Future[str]", found: str) -> None:
    loop.call_soon_threadsafe(done.set_result, found)
