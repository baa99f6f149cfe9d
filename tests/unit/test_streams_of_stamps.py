"""What senders can invent without end, topics and keys of payloads, is remembered in part only."""

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any

from ingest.database.unread_tally import POINTERS_LIMIT, THE_REST, UnreadTally
from ingest.decoding.streams import STREAMS_LIMIT, Streams
from ingest.decoding.unread import Unread


def test_topics_without_end_forget_the_oldest() -> None:
    streams = Streams()
    order: Any = object()
    topics = [f"topic/{number}" for number in range(STREAMS_LIMIT + 100)]
    for topic in topics:
        streams.moved(topic, order)
    known = streams.of(topics)
    assert len(known) == STREAMS_LIMIT
    assert topics[0] not in known
    assert topics[-1] in known


class _Stored:
    """A connection that keeps the rows it is given."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    async def execute(self, _statement: str, *columns: Any) -> None:
        self.rows += zip(*columns, strict=True)


def test_keys_without_end_are_counted_as_the_rest() -> None:
    tally, stored = UnreadTally(), _Stored()
    for number in range(POINTERS_LIMIT + 50):
        unread = Unread("fi", "gateway", (f"/invented{number}",))
        batch = SimpleNamespace(unread=Counter({unread: 1}), unread_topics={unread: "gw/a"})
        tally.add(batch)  # type: ignore[arg-type]
    asyncio.run(tally.store(stored, now_s=0.0))  # type: ignore[arg-type]
    assert len(stored.rows) == POINTERS_LIMIT + 1
    ((*_, times),) = [row for row in stored.rows if row[2] == THE_REST]
    assert times == 50
    assert tally.values["fi/gateway"] == POINTERS_LIMIT + 50
