"""What came, and when, through the whole line: kept messages, batches, autumn, the rate."""

import asyncio
import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from deploy.operations.status import read_status
from deploy.operations.status_text import lines
from ingest.batch import prepare
from ingest.database.quarantine_queries import waiting
from ingest.database.session import Session
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.decoding.senders import OWN
from ingest.decoding.timestamps import microseconds
from ingest.pipeline.quarantine_replay import replay
from ingest.spool.spool import LIMIT_MIN_BYTES, Spool
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.command_line import virtaama
from tests.fixtures.ingest_process import IngestProcess, publish, retain, rows, wait_for_readings
from tests.fixtures.points import NO_BOUNDS, add_mapping, add_points
from tests.fixtures.service_process import wait_until
from tests.fixtures.writing import TIMEOUT_S, write_batches

SITE = "arrivals"
ZONE = ZoneInfo("Europe/Helsinki")
FALL = datetime(2025, 10, 26, 1, tzinfo=UTC)
LOGGER = TopicMapping(
    "logger",
    f"{SITE}-gw/logger",
    (ValueMapping("main/level", "/v"),),
    time_pointer="/t",
    time_format="%Y-%m-%d %H:%M:%S",
    time_zone="Europe/Helsinki",
)


@pytest.fixture
def url(migrated_url: str) -> str:
    add_points(migrated_url, {"flow": NO_BOUNDS, "level": NO_BOUNDS}, site=SITE)
    return migrated_url


def test_a_dead_sensor_does_not_become_fresh_with_a_new_subscription(url, broker, tmp_path) -> None:
    bare, mapped, stamped = f"{SITE}/main/flow", f"{SITE}-gw/old", f"{SITE}/main"
    add_mapping(
        url, TopicMapping("old", mapped, (ValueMapping("main/level", "/temperature"),)), site=SITE
    )
    retain(broker.host, broker.port, bare, b"21.5")
    retain(broker.host, broker.port, mapped, b'{"temperature": 55.5}')
    at_ms = time.time_ns() // 1_000_000 - 86_400_000
    retain(broker.host, broker.port, stamped, json.dumps({"t": at_ms, "v": {"flow": 7}}).encode())
    for turn, client_id in enumerate(("arrivals-1", "arrivals-2"), 1):
        with IngestProcess(tmp_path, url, broker.url, client_id=client_id) as ingest:
            wait_until(
                lambda seen=2 * turn: sum(each.count for each in waiting(url)) == seen,
                "they are not in quarantine",
            )
            publish(broker.host, broker.port, [(bare, b"22.5")])
            wait_for_readings(url, 1 + turn)
            assert ingest.stop() == 0
    assert {each.reason for each in waiting(url)} == {"retained_no_stamp"}
    assert rows(url, "SELECT value FROM reading ORDER BY value") == [(7.0,), (22.5,), (22.5,)]
    assert replay(url).counts.committed == 0  # a replay makes no reading of it either
    for topic in (bare, mapped, stamped):
        retain(broker.host, broker.port, topic, b"")


def test_a_kept_message_that_waited_for_its_mapping_is_still_no_reading(url) -> None:
    received_us = time.time_ns() // 1000
    for topic, payload in ((f"{SITE}/main/new", b"5"), (f"{SITE}-gw/new", b'{"v": 5}')):
        write_batches(url, [[Message(topic, payload, received_us, retained=True)]])
    assert {each.reason for each in waiting(url)} == {"unknown_point", "unknown_topic"}
    add_points(url, {"new": NO_BOUNDS, "newer": NO_BOUNDS}, site=SITE)
    mapping = TopicMapping("new", f"{SITE}-gw/new", (ValueMapping("main/newer", "/v"),))
    add_mapping(url, mapping, site=SITE)
    assert replay(url).counts.committed == 0
    assert [each.reason for each in waiting(url)] == ["retained_no_stamp"] * 2
    live = Message(f"{SITE}/main/new", b"5", received_us + 9)
    write_batches(url, [[live]])
    assert rows(url, "SELECT count(*) FROM reading") == [(1,)]


def _night() -> list[datetime]:
    return [FALL - timedelta(hours=2) + timedelta(minutes=n) for n in range(240)]


def _messages(moments: list[datetime]) -> list[Message]:
    now_us = time.time_ns() // 1000
    return [
        Message(
            LOGGER.topic,
            json.dumps({"t": f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", "v": n}).encode(),
            now_us + n,
        )
        for n, at in enumerate(moments)
    ]


def _stored(url: str) -> list[tuple[datetime, float]]:
    return rows(url, "SELECT ts, value FROM reading ORDER BY ts")


WANTED = [(at, float(n)) for n, at in enumerate(_night())]


def test_history_of_the_autumn_night_that_is_sent_a_year_later_is_stored_to_the_hour(
    url, broker, tmp_path
) -> None:
    add_mapping(url, LOGGER, site=SITE)
    sent = [(each.topic, each.payload) for each in _messages(_night())]
    with IngestProcess(tmp_path, url, broker.url) as ingest:
        ingest.ready()
        publish(broker.host, broker.port, sent[:100])  # in the middle of the first of the two hours
        wait_for_readings(url, 100)
        assert ingest.stop() == 0
    with IngestProcess(tmp_path, url, broker.url) as ingest:
        publish(broker.host, broker.port, sent[100:])
        wait_for_readings(url, 240)
        publish(broker.host, broker.port, sent)
        publish(broker.host, broker.port, [(f"{SITE}/main/flow", b"1")])
        wait_for_readings(url, 241)
        assert ingest.stop() == 0
    assert rows(url, "SELECT ts, value FROM reading WHERE ts < '2026-01-01' ORDER BY ts") == WANTED
    assert rows(url, "SELECT count(*) FROM reading WHERE checks & 64 <> 0 AND ts >= %s", FALL) == [
        (0,)
    ]
    assert waiting(url) == []


def test_the_autumn_night_comes_out_right_through_the_spool(url, tmp_path) -> None:
    add_mapping(url, LOGGER, site=SITE)

    async def work() -> None:
        session = Session(url, DEFAULT_LIMITS, timeout_s=TIMEOUT_S, retry_limit_s=1.0)
        await session.open()
        spool = Spool(tmp_path / "spool.sqlite", LIMIT_MIN_BYTES)
        messages = _messages(_night())
        for at in range(0, 240, 30):  # every other batch is spooled and comes late
            batch = prepare(messages[at : at + 30], session.plant, session.streams)
            if at // 30 % 2:
                await session.write(batch)
            else:
                spool.append(batch.messages)
        spool.close()
        spool = Spool(tmp_path / "spool.sqlite", LIMIT_MIN_BYTES)
        while spool.count:
            portion = spool.first(50, 10**9)
            await session.write_messages(portion.messages)
            spool.forget(portion.upto)
        spool.close()
        await session.close()

    asyncio.run(work())
    assert _stored(url) == WANTED


@pytest.mark.parametrize("turn", [90, 150])  # in the first of the two hours, and in the second
@pytest.mark.parametrize("first", [OWN, "tenants"])
def test_the_autumn_night_of_a_sender_that_becomes_a_guest_or_was_one_comes_out_right(
    url: str, tmp_path: Path, turn: int, first: str
) -> None:
    """As two lanes take it: every other batch is spooled, the plant's own are drained first."""
    add_mapping(url, LOGGER, site=SITE)
    second = "tenants" if first == OWN else OWN

    async def work() -> None:
        own = Session(url, DEFAULT_LIMITS, timeout_s=TIMEOUT_S, retry_limit_s=1.0)
        guests = Session(url, DEFAULT_LIMITS, timeout_s=TIMEOUT_S, retry_limit_s=1.0, beside=own)
        await own.open()
        await guests.open()
        spool = Spool(tmp_path / "spool.sqlite", LIMIT_MIN_BYTES)
        messages = _messages(_night())
        for number, at in enumerate(range(0, 240, 30)):
            sender = first if at < turn else second
            session = own if sender == OWN else guests
            batch = prepare(messages[at : at + 30], own.plant, session.streams)
            if number % 2:
                await session.write(batch)
            else:
                spool.append(batch.messages, [sender] * 30)
        while spool.count:
            portion = spool.first(50, 10**9)
            await guests.write_messages(portion.messages)
            spool.forget(portion.upto)
        spool.close()
        await guests.close()
        await own.close()

    asyncio.run(work())
    assert _stored(url) == WANTED


def test_the_autumn_night_comes_out_right_through_quarantine(url) -> None:
    messages = _messages(_night())
    write_batches(url, [messages[:70], messages[70:]])
    assert {each.reason for each in waiting(url, limit_rows=1000)} == {"unknown_topic"}
    add_mapping(url, LOGGER, site=SITE)
    assert replay(url).counts.committed == 240
    assert _stored(url) == WANTED


def test_a_kept_message_is_known_as_one_out_of_a_spool_of_any_version(tmp_path) -> None:
    path = tmp_path / "spool.sqlite"
    spool = Spool(path, LIMIT_MIN_BYTES)
    spool.append([Message("a", b"1", 1), Message("b", b"2", 2, retained=True)])
    spool.close()
    spool = Spool(path, LIMIT_MIN_BYTES)
    assert [each.retained for each in spool.first(9, 999).messages] == [False, True]
    spool.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE note")  # a file of an earlier version
    connection.close()
    spool = Spool(path, LIMIT_MIN_BYTES)
    assert len(spool.first(9, 999).messages) == 2
    spool.close()


def test_of_a_batch_nothing_is_gone_and_what_is_not_read_is_shown(url, broker, tmp_path) -> None:
    topic = f"{SITE}-gw/batch"
    values = (ValueMapping("main/flow", "/Messages/0/Value"),)
    mapping = TopicMapping("batch", topic, values, time_pointer="/Messages/0/T")
    add_mapping(url, mapping, site=SITE)
    parts = [{"Value": 60 + n, "T": f"2026-11-24T11:0{n}:00Z"} for n in range(3)]
    payload = {"Messages": parts, "Version": 3, "Extra": {"a": 1, "b": "x"}}
    with IngestProcess(tmp_path, url, broker.url) as ingest:
        ingest.ready()
        publish(broker.host, broker.port, [(topic, payload)])
        wait_until(lambda: len(waiting(url)) == 1, "it is not in quarantine")
        wait_until(lambda: read_status(url).unread != [], "it is not told")
        assert ingest.stop() == 0
    assert rows(url, "SELECT value FROM reading") == [(60.0,)]
    (kept,) = waiting(url)
    assert kept.reason == "not_read"
    answer = virtaama("status", "--unread", database_url=url).out
    for pointer in ("/Version", "/Extra/a", "/Extra/b"):
        assert f"{SITE}/batch: {pointer}, 1 times, the last" in answer
    assert "not read    " in virtaama("status", database_url=url).out
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE topic_mapping SET definition = replace(definition::text, '/0/', '/*/')::jsonb"
        )
    assert replay(url).counts.committed == 2
    assert rows(url, "SELECT value FROM reading ORDER BY value") == [(60.0,), (61.0,), (62.0,)]


def test_the_rate_is_that_of_what_arrives_whatever_time_it_is_of(url) -> None:
    now_us = time.time_ns() // 1000
    old_us = microseconds(datetime(2010, 1, 1, tzinfo=UTC))
    messages = [
        Message(
            f"{SITE}/main/flow",
            json.dumps({"t": old_us // 1000 + n * 1000, "v": n}).encode(),
            now_us - 1000 + n,
        )
        for n in range(900)
    ]
    write_batches(url, [messages[:400], messages[400:], messages[:10]])
    status = read_status(url)
    assert status.arriving.readings_per_s == pytest.approx(3.0)
    assert status.flowing
    assert "3.0 a second over five minutes" in lines(status)[0]
