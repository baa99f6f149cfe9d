"""Makes messages safe: committed in the database or, while that is away, on the spool's disk.

The database counts as away once a batch was not stored within a bound, and as present again after a
commit. While it is away nobody waits for it but the drain, which tries what is next in the spool.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from ingest.batch import Batch
from ingest.database.session import DatabaseAway, Session
from ingest.decoding.message import Message
from ingest.decoding.site_snapshot import Plant
from ingest.limits.limit import EVERYBODY, IngestLimit
from ingest.limits.refusals import refuse
from ingest.metrics import Metrics
from ingest.outage import Outage
from ingest.settings import IngestSettings
from ingest.spool.shares import bytes_by_sender, divide
from ingest.spool.spool import Spool, SpoolFull

# A live batch waits for one portion at most.
DRAIN_LIMIT_MESSAGES = 1_000
DRAIN_LIMIT_BYTES = 524_288
ROOM_INTERVAL_S = 1.0

_log = logging.getLogger(__name__)


class StoreAndForward:
    """Keeps batches; `drain` carries the spool into the database beside the live ones.

    The plant's own batches come with the session `own`; those of guests and what is drained with
    `guests`, so that they hold up no batch of the plant's.
    """

    def __init__(
        self,
        own: Session,
        guests: Session,
        spool: Spool | None,
        metrics: Metrics,
        settings: IngestSettings,
    ) -> None:
        self._own = own
        self._guests = guests
        self._spool = spool
        self._metrics = metrics
        self._patience_s = settings.ingest_spool_after_s
        self._drain_limit_messages_per_s = settings.ingest_drain_limit_messages_per_s
        self._guest_limit_bytes = settings.spool_guest_limit_bytes
        self._putting = asyncio.Lock()  # shares are looked at and used up together
        self._own_stored_s = float("-inf")
        self._present = asyncio.Event()
        self._present.set()
        self._work = asyncio.Event()  # there is something to drain, or the database is away
        self._place = Outage(_log, "a place for messages")
        if spool is not None and spool.count:
            self._work.set()

    @property
    def present(self) -> bool:
        """Whether batches go into the database."""
        return self._present.is_set()

    async def keep(self, batch: Batch, session: Session) -> Sequence[int]:
        """Return when every message of the batch is safe or refused, however long it takes.

        The result has the indices of those that are refused: a guest's, beyond its share of the
        spool. Raises DatabaseRefused or SpoolUnusable.
        """
        if self._spool is None:
            await self._commit(batch, session, None)
            return ()
        while True:
            if self._present.is_set():
                try:
                    await self._commit(batch, session, self._patience_s)
                except DatabaseAway:
                    if session is self._own or not self._stores_own():
                        self._present.clear()
                    self._work.set()
                else:
                    return ()
            refused = await self._put_on(self._spool, batch.messages, batch.plant)
            if refused is not None:
                return refused
            with suppress(TimeoutError):
                async with asyncio.timeout(ROOM_INTERVAL_S):
                    await self._present.wait()

    async def put_aside(self, messages: Sequence[Message], plant: Plant) -> Sequence[int]:
        """Put messages of guests on the spool, however long it takes; return which are refused.

        There must be a spool. Raises SpoolUnusable.
        """
        assert self._spool is not None
        while (refused := await self._put_on(self._spool, messages, plant)) is None:
            await asyncio.sleep(ROOM_INTERVAL_S)
        return refused

    async def drain(self) -> None:
        """Empty the spool whenever there is something in it; find out when the database is back.

        Never returns. Raises DatabaseRefused or SpoolUnusable.
        """
        assert self._spool is not None
        while True:
            await self._work.wait()
            was_present, began_s = self._present.is_set(), time.monotonic()
            tried = await self._drain_portion(self._spool)
            self._present.set()
            if not self._spool.count:
                self._work.clear()
                if tried:
                    _log.info("drain: the spool is empty; %d drained so far", self._metrics.drained)
            if was_present:  # otherwise it was a question, and the answer may not wait
                pause_s = tried / self._drain_limit_messages_per_s
                await asyncio.sleep(max(0.0, began_s + pause_s - time.monotonic()))

    def _stores_own(self) -> bool:
        """Tell whether the plant's own were stored just now: then a guest's batch was only slow."""
        return time.monotonic() - self._own_stored_s < self._patience_s

    async def _commit(self, batch: Batch, session: Session, patience_s: float | None) -> None:
        began_s = time.monotonic()
        if patience_s is None:
            counts = await session.write(batch)
        else:
            counts = await session.write_within(batch, patience_s)
        if session is self._own:
            self._own_stored_s = time.monotonic()
        self._place.is_over()
        self._metrics.committed(batch.messages, counts, time.monotonic() - began_s)
        _log.debug("commit: %d messages, %s", len(batch.messages), counts)

    async def _put_on(
        self, spool: Spool, messages: Sequence[Message], plant: Plant
    ) -> Sequence[int] | None:
        """Write the raw messages to the disk; return which are refused, None if it has no room."""
        async with self._putting:
            divided = divide(messages, plant, spool.shares(), self._guest_limit_bytes)
            try:
                seen = self._own.sequences.noted()
                shares = divided.bytes_by_sender
                await asyncio.to_thread(spool.append, divided.kept, divided.guests, seen, shares)
            except SpoolFull as error:
                self._place.goes_on(f"the spool: {error}; nothing is acknowledged")
                refuse(IngestLimit.SPOOL, EVERYBODY)
                return None
        self._place.is_over()
        self._metrics.on_spool(len(divided.kept), divided.refused_senders)
        self._work.set()
        return divided.refused

    async def _drain_portion(self, spool: Spool) -> int:
        """Store the next messages, waiting for the database; return how many were tried."""
        portion = await asyncio.to_thread(spool.first, DRAIN_LIMIT_MESSAGES, DRAIN_LIMIT_BYTES)
        if portion.damaged:
            _log.error("drain: %d messages of the spool were damaged", portion.damaged)
        await self._own.open()  # what is drained is judged by the plant as it is now
        if portion.messages:
            counts = await self._guests.write_messages(portion.messages)
            self._metrics.off_spool(len(portion.messages), portion.damaged, counts)
        try:
            freed = bytes_by_sender(portion.messages, self._own.plant)
            await asyncio.to_thread(spool.forget, portion.upto, freed)
        except SpoolFull as error:
            _log.warning("drain: what is stored cannot be removed from the spool yet: %s", error)
        return len(portion.messages) + portion.damaged
