"""A gateway that sends ever new keys and topics makes no table grow without end."""

import asyncio
import json
import logging

import pytest

from ingest.batch import prepare
from ingest.database.connection import connect
from ingest.database.session import Session
from ingest.database.stream_store import keep_streams
from ingest.database.unread_tally import THE_REST
from ingest.decoding.acceptance import DEFAULT_LIMITS, StreamLimits
from ingest.decoding.message import Message
from ingest.decoding.repeated_hour import Mark, Order
from ingest.decoding.streams import Streams
from ingest.limits.limit import IngestLimit
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.ingest_process import rows
from tests.fixtures.points import NO_BOUNDS, add_mapping, add_points
from tests.fixtures.refusing import refusing
from tests.fixtures.writing import TIMEOUT_S

KEYS_A_MESSAGE = 60
PLACES_LIMIT = DEFAULT_LIMITS.unread_places_limit
RESTARTS = 3
T_MS = 1_790_000_000_000


async def _run_once(url: str, messages: list[Message]) -> Session:
    session = Session(url, DEFAULT_LIMITS, timeout_s=TIMEOUT_S, retry_limit_s=1.0)
    await session.open()
    for each in messages:
        await session.write(prepare([each], session.plant, session.streams))
    await session.close()
    return session


def test_keys_that_nobody_reads_are_listed_up_to_a_limit_however_often_ingest_starts(
    migrated_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    add_points(migrated_url, {"flow": NO_BOUNDS}, site="plant")
    for key in ("flood", "calm"):
        values = (ValueMapping("main/flow", "/v"),)
        mapping = TopicMapping(key, f"gw/{key}", values, time_pointer="/t", time_format="epoch_ms")
        add_mapping(migrated_url, mapping)
    caplog.set_level(logging.WARNING)
    number = 0
    for _ in range(RESTARTS):
        messages = []
        for _ in range(PLACES_LIMIT // KEYS_A_MESSAGE + 1):
            number += 1
            keys = {f"key-{number}-{at}": 1 for at in range(KEYS_A_MESSAGE)}
            payload = json.dumps({"t": T_MS + number, "v": number, **keys})
            messages.append(Message("gw/flood", payload.encode(), (T_MS + number) * 1000))
        calm = json.dumps({"t": T_MS - number, "v": 1, "extra": 1}).encode()
        messages.append(Message("gw/calm", calm, T_MS * 1000))
        with refusing(IngestLimit.UNREAD_PLACES):
            session = asyncio.run(_run_once(migrated_url, messages))
    listed = "SELECT mapping, count(*) FROM unread_value GROUP BY 1 ORDER BY 1"
    assert rows(migrated_url, listed) == [("calm", 1), ("flood", PLACES_LIMIT + 1)]
    rest = "SELECT times > 0 FROM unread_value WHERE pointer = %s"
    assert rows(migrated_url, rest, THE_REST) == [(True,)]
    assert session.unread.uncounted["plant/flood"] > 0
    assert sum("refuse: unread_places, plant/flood" in each for each in caplog.messages) <= 1


def _keep_streams(url: str, limits: StreamLimits, topics: list[tuple[str, str]]) -> Streams:
    order = Order(Mark(T_MS * 1000), True, 0)

    async def run() -> Streams:
        connection = await connect(url, TIMEOUT_S)
        streams = Streams(limits)
        for topic, sender in topics:
            streams.moved(topic, order, sender)
            await keep_streams(connection, {topic: order}, streams)
        await connection.close()
        return streams

    return asyncio.run(run())


STORED_TOPICS = "SELECT topic FROM stream ORDER BY topic"


def test_streams_beyond_the_limit_are_forgotten_the_quietest_first(migrated_url: str) -> None:
    limits = StreamLimits(limit=3, sender_limit=9)
    with refusing(IngestLimit.STREAMS):
        _keep_streams(migrated_url, limits, [(f"gw/{number}", "gw") for number in range(5)])
    assert rows(migrated_url, STORED_TOPICS) == [("gw/2",), ("gw/3",), ("gw/4",)]


def test_a_sender_of_many_streams_displaces_its_own_and_nobody_elses(
    migrated_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    topics = [("calm", "calm"), *((f"gw/{number}", "gw") for number in range(5))]
    with refusing(IngestLimit.STREAMS_OF_A_SENDER):
        streams = _keep_streams(migrated_url, StreamLimits(limit=9, sender_limit=2), topics)
    assert rows(migrated_url, STORED_TOPICS) == [("calm",), ("gw/3",), ("gw/4",)]
    assert streams.forgotten_of == {"gw": 3}
    assert sum("refuse: streams_of_a_sender, gw" in line for line in caplog.messages) <= 1
