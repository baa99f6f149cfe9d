"""The one database connection of the live service, made again whenever it is lost."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg

from ingest.batch import Batch, prepare
from ingest.counts import Counts
from ingest.database.bisect import write_judged
from ingest.database.cancellation import end_if_told
from ingest.database.connection import connect
from ingest.database.error_classes import Kind, kind_of
from ingest.database.plant_loader import load
from ingest.database.sequence_store import keep_sequences, load_sequences
from ingest.database.stream_store import keep_streams, load_streams
from ingest.database.unread_tally import UnreadTally
from ingest.decoding.acceptance import Limits
from ingest.decoding.message import Message
from ingest.decoding.senders import sender_of
from ingest.decoding.sequence_gaps import Sequences
from ingest.decoding.site_snapshot import Plant
from ingest.decoding.streams import Streams
from ingest.errors import DatabaseRefused
from ingest.outage import Outage
from ingest.quality.memory import Memory
from ingest.retry import Backoff
from schemas.errors import DatabasePooled
from schemas.queries import queries

SITE_CHANNEL = "virtaama_site"
CLOSE_TIMEOUT_S = 2.0

# A table or a column is missing, or the role that the migrations create.
_NO_SCHEMA = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidParameterValueError,
)

_SQL = queries("ingest")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class DatabaseAway(Exception):  # noqa: N818 - never leaves ingest.pipeline
    """A batch could not be written in the time that was allowed."""


class Session:
    """Writes batches, however long it takes, and knows the plant as it is described now.

    One `beside` another has a connection of its own, and the plant and the sequences of the other.
    """

    def __init__(
        self,
        dsn: str,
        limits: Limits,
        *,
        timeout_s: float,
        retry_limit_s: float,
        beside: "Session | None" = None,
    ) -> None:
        self._beside = beside
        self._dsn = dsn
        self._limits = limits
        self._timeout_s = timeout_s
        self._backoff = Backoff(retry_limit_s)
        self._outage = Outage(_log, "the database")
        self._lock = asyncio.Lock()  # a connection does one thing at a time
        self._connection: asyncpg.Connection | None = None
        self._memory = Memory()  # of this connection
        self._plant: Plant | None = None
        self.streams: Streams = Streams(limits.streams, None if beside is None else beside.streams)
        """How far the streams of local stamps have come; stored after each batch."""
        self._drained_streams = Streams(limits.streams)
        self.unread = UnreadTally(limits.unread_places_limit)
        """What mappings do not read."""
        self.sequences: Sequences = Sequences() if beside is None else beside.sequences
        """What was seen of numbered messages; stored before each batch."""
        self._stale = asyncio.Event()
        self.assuming = False
        """Whether the plant is one that was remembered, and not the database's."""
        self._holder: asyncio.Task[object] | None = None  # the task that uses the connection

    @property
    def plant(self) -> Plant:
        """The plant; `open` must have returned, or `assume` been called."""
        if self._beside is not None:
            return self._beside.plant
        assert self._plant is not None
        return self._plant

    def guest_of(self, message: Message) -> str | None:
        """Return the sender of a message, as it is described now; None for the plant's own."""
        return self.plant.guest_of(message)

    @property
    def away(self) -> bool:
        """Whether the last try failed."""
        return self._outage.ongoing

    async def open(self) -> None:
        """Wait for a database with our schema, then load the plant."""
        async with self._lock:
            await self._connected()
            self._works()

    def assume(self, plant: Plant) -> None:
        """Take the plant as it was when the database was last there; it is away now."""
        self._outage.goes_on("it is not there at the start; the site is taken as it was last known")
        self._plant = plant
        self.assuming = True
        self.sequences.look_away()
        self._mark_stale()

    async def write(self, batch: Batch) -> Counts:
        """Write and commit a batch; outages are waited out with the batch in hand.

        Raises DatabaseRefused if trying again would not help.
        """
        return await self._insist(lambda connection: self._write(connection, batch))

    async def write_messages(self, messages: Sequence[Message]) -> Counts:
        """Write and commit messages, judged by the plant as the database has it by then.

        Outages are waited out. Raises DatabaseRefused as `write` does.
        """

        async def work(connection: asyncpg.Connection) -> Counts:
            plant, streams = self.plant, self._drained_streams
            return await self._write(
                connection, await asyncio.to_thread(prepare, messages, plant, streams)
            )

        return await self._insist(work)

    async def replace_subscriptions(self, client_id: str, wanted: Sequence[str]) -> list[str]:
        """Remember what a client subscribes to; return what it did before and does no more.

        Raises DatabaseRefused as `write` does.
        """
        records = await self._insist(
            lambda connection: connection.fetch(_SQL["replace_subscriptions"], client_id, wanted)
        )
        return [record["filter"] for record in records]

    async def untaken(self, client_id: str) -> list[str]:
        """Return the filters of which what the broker had kept is not taken yet."""
        records = await self._insist(lambda one: one.fetch(_SQL["untaken_retained"], client_id))
        return [record["filter"] for record in records]

    async def note_taken(self, client_id: str, filters: Sequence[str]) -> None:
        """Remember that what the broker had kept for these filters is safe with us."""
        await self._insist(lambda one: one.execute(_SQL["take_retained"], client_id, filters))

    async def forget_taken(self, client_id: str) -> None:
        """Remember that what the broker has kept is to be taken again."""
        await self._insist(lambda one: one.execute(_SQL["forget_retained"], client_id))

    async def write_within(self, batch: Batch, patience_s: float) -> Counts:
        """Write and commit a batch, or raise DatabaseAway after `patience_s`.

        A batch that was given up may be stored all the same: only the answer to its commit was
        late. Raises DatabaseRefused as `write` does.
        """
        writing = asyncio.create_task(self.write(batch), name="write within")
        try:
            await asyncio.wait((writing,), timeout=patience_s)
        finally:
            if not writing.done():
                if self._holder is writing:
                    self.drop()  # otherwise asyncpg waits for a rollback that may never come
                writing.cancel()
                await asyncio.wait((writing,))
        if writing.cancelled():
            self._outage.goes_on(f"a batch was not stored within {patience_s:g} s")
            raise DatabaseAway
        return writing.result()

    async def plant_changed(self) -> Plant:
        """Wait until the description of the site may have changed, and return the new plant."""
        await self._stale.wait()
        async with self._lock:
            self._stale.clear()
            if self._connection is None or self._connection.is_closed():
                await self._connected()
                self._works()
            else:
                try:
                    self._plant = await load(self._connection, self._limits)
                except Exception as error:
                    end_if_told(error)
                    await self._lost(error)
                    self._stale.set()
        return self.plant

    def drop(self) -> None:
        """Cut the connection at once; whoever uses it sees an error."""
        if self._connection is not None:
            self._connection.terminate()  # never reuse a connection of unknown state
            self._connection = None

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.remove_termination_listener(self._mark_stale)
            try:
                await self._connection.close(timeout=CLOSE_TIMEOUT_S)
            except (TimeoutError, OSError, asyncpg.InterfaceError):
                self.drop()

    async def _connected(self) -> asyncpg.Connection:
        """Return the connection; make one, and load the plant, if there is none."""
        while self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self._connect()
            except DatabasePooled:
                raise  # no waiting heals that
            except Exception as error:
                end_if_told(error)
                await self._lost(error)
        return self._connection

    async def _connect(self) -> asyncpg.Connection:
        connection = await connect(self._dsn, self._timeout_s)
        try:
            self._memory = Memory()
            if self._beside is None:
                await connection.add_listener(SITE_CHANNEL, self._mark_stale)
                await connection.execute(_SQL["newest"])
                self._plant = await load(connection, self._limits)
                self.assuming = False
                self.sequences.restore(await load_sequences(connection))
            self.streams.restore(
                (topic, order, sender_of(topic, self.plant.topics))
                for topic, order in await load_streams(connection)
            )
            await self.unread.restore(connection)
        except BaseException:
            connection.terminate()
            raise
        connection.add_termination_listener(self._mark_stale)
        return connection

    async def _insist(self, work: Callable[[asyncpg.Connection], Awaitable[_T]]) -> _T:
        """Do `work` until it succeeds; outages are waited out."""
        async with self._lock:
            self._holder = asyncio.current_task()
            while True:
                connection = await self._connected()
                try:
                    result = await work(connection)
                except Exception as error:
                    end_if_told(error)
                    if kind_of(error) in (Kind.POISON, Kind.BUG):
                        if isinstance(error, asyncpg.PostgresError):
                            raise DatabaseRefused(error) from error
                        raise
                    await self._lost(error)
                else:
                    self._works()
                    return result

    async def _write(self, connection: asyncpg.Connection, batch: Batch) -> Counts:
        changed = self.sequences.changed()
        await keep_sequences(connection, changed)
        self.sequences.stored(changed)
        counts = await write_judged(connection, batch, self._limits, self._memory)
        await keep_streams(connection, batch.orders, self.streams)
        self.unread.add(batch)
        await self.unread.store(connection, now_s=time.monotonic())
        return counts

    async def _lost(self, error: Exception) -> None:
        self.drop()
        self._outage.goes_on(_sentence(error))
        await asyncio.sleep(self._backoff.next_s())

    def _works(self) -> None:
        self._backoff.reset()
        self._outage.is_over()

    def _mark_stale(self, *_: object) -> None:
        self._stale.set()


def _sentence(error: Exception) -> object:
    if isinstance(error, _NO_SCHEMA):
        return f"{error}; has `virtaama migrate` been run?"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return error
