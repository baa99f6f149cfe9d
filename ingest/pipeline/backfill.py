"""Loads history: the same decode, check and write path as live messages, in large batches."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ingest.batch import Batch, prepare
from ingest.counts import Counts
from ingest.database.bisect import write_judged
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.decoding.acceptance import DEFAULT_LIMITS, Limits
from ingest.decoding.message import Message
from ingest.decoding.site_snapshot import Plant
from ingest.decoding.streams import Streams
from ingest.limits.refusals import refuse_all
from ingest.quality.memory import Memory

BATCH_LIMIT_MESSAGES = 50_000
BATCH_LIMIT_BYTES = 4_000_000
DATABASE_TIMEOUT_S = 300.0


def backfill(
    dsn: str,
    messages: Iterable[Message],
    *,
    on_progress: Callable[[int], None] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Counts:
    """Store messages as if they had come over MQTT; safe to repeat.

    `on_progress` is called after each commit with the number of messages handled so far. Not for
    use inside a running event loop. Raises OSError or asyncpg's errors if the database fails; what
    was committed until then stays, and a repetition finds it.
    """
    return asyncio.run(_backfill(dsn, messages, on_progress or (lambda _: None), limits))


async def _backfill(
    dsn: str, messages: Iterable[Message], on_progress: Callable[[int], None], limits: Limits
) -> Counts:
    limits = replace(limits, binds_trials=False)  # it is the plant itself that imports
    connection = await connect(dsn, DATABASE_TIMEOUT_S)
    try:
        batches = _batches(messages, await load(connection, limits))
        counts, handled, memory = Counts(), 0, Memory()
        batch = await asyncio.to_thread(next, batches, None)
        while batch is not None:
            # The next batch is decoded while the database works on this one.
            following = asyncio.create_task(asyncio.to_thread(next, batches, None))
            try:
                counts += await write_judged(connection, batch, limits, memory)
            finally:
                upcoming = await following
            handled += len(batch.messages)
            on_progress(handled)
            batch = upcoming
        refuse_all(counts.refused)
        return counts
    finally:
        await connection.close()


def _batches(messages: Iterable[Message], plant: Plant) -> Iterator[Batch]:
    streams = Streams()
    chunk: list[Message] = []
    size_bytes = 0
    for message in messages:
        chunk.append(message)
        size_bytes += len(message.payload)
        if len(chunk) >= BATCH_LIMIT_MESSAGES or size_bytes >= BATCH_LIMIT_BYTES:
            yield prepare(chunk, plant, streams)
            chunk, size_bytes = [], 0
    if chunk:
        yield prepare(chunk, plant, streams)
