"""Tries quarantined messages again, with the site as it is described today."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from ingest.batch import prepare
from ingest.counts import Counts
from ingest.database.bisect import write_judged
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.database.stream_store import from_text
from ingest.decoding.acceptance import DEFAULT_LIMITS, Limits
from ingest.decoding.message import Message
from ingest.decoding.rejection import Reason
from ingest.decoding.site_snapshot import Plant
from ingest.decoding.streams import Streams
from ingest.decoding.timestamps import aware, microseconds
from ingest.limits.refusals import refuse_all
from ingest.quality.memory import Memory
from schemas.queries import queries

PAGE_LIMIT_ROWS = 500
PAGE_LIMIT_BYTES = 8_000_000
DATABASE_TIMEOUT_S = 120.0

_SQL = queries("quarantine")


@dataclass(frozen=True)
class Replayed:
    """How many quarantined rows were tried, and what became of their messages.

    `counts.quarantined` is what waits again, with its reason of today.
    """

    tried: int
    counts: Counts

    def __str__(self) -> str:
        return (
            f"{self.tried} tried: {self.counts.committed} readings stored, "
            f"{self.counts.duplicates} known already, {self.counts.quarantined} still waiting"
        )


def replay(
    dsn: str,
    *,
    ids: Sequence[int] | None = None,
    reason: Reason | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Replayed:
    """Decode and store again what waits: these `ids`, or all of a `reason`, or everything.

    The time of reception is the one of the first sighting. What succeeds is marked as replayed;
    what does not waits on, with its new reason. Not for use inside a running event loop. Raises
    OSError or asyncpg's errors if the database fails; the pages committed until then stay.
    """
    return asyncio.run(_replay(dsn, ids, (reason, None, None), limits))


async def replay_received(
    dsn: str, since_us: int, until_us: int, reason: Reason, limits: Limits
) -> Replayed:
    """The same of what waits for a reason and was first received between two moments."""
    return await _replay(dsn, None, (reason, aware(since_us), aware(until_us)), limits)


async def _replay(
    dsn: str,
    ids: Sequence[int] | None,
    wanted: tuple[Reason | None, datetime | None, datetime | None],
    limits: Limits,
) -> Replayed:
    connection = await connect(dsn, DATABASE_TIMEOUT_S)
    try:
        plant = await load(connection, limits)
        if ids is None:
            reason, since, until = wanted
            name = reason.value if reason else None
            records = await connection.fetch(_SQL["waiting_ids"], name, since, until)
            ids = [record["quarantine_id"] for record in records]
        streams = Streams()
        tried, counts = 0, Counts()
        remaining = list(ids)
        while remaining:
            done, page_counts = await _page(connection, plant, streams, remaining[:PAGE_LIMIT_ROWS])
            tried, counts = tried + len(done), counts + page_counts
            refuse_all(page_counts.refused)
            remaining = [each for each in remaining if each not in done]
            if not done:
                remaining = remaining[PAGE_LIMIT_ROWS:]  # these ids do not exist
        return Replayed(tried, counts)
    finally:
        await connection.close()


async def _page(
    connection: asyncpg.Connection, plant: Plant, streams: Streams, ids: Sequence[int]
) -> tuple[set[int], Counts]:
    """Replay the first of `ids` in one transaction; return which they were and the counts."""
    async with connection.transaction():
        records = await connection.fetch(_SQL["replay_page"], ids, PAGE_LIMIT_BYTES)
        done = {record["quarantine_id"] for record in records}
        # Settled first: what fails again is put back by the same path as a live message.
        await connection.execute(_SQL["settle"], list(done))
        messages: dict[tuple[str, bytes], Message] = {}
        for record in records:
            key = (record["topic"], record["payload"])
            message = Message(
                *key,
                microseconds(record["first_seen"]),
                record["retained"],
                from_text(record["stream_order"]),
            )
            messages.setdefault(key, message)
        counts = await write_judged(
            connection,
            await asyncio.to_thread(prepare, list(messages.values()), plant, streams),
            plant.topics.limits,
            Memory(),
        )
    return done, counts
