"""Bad input through the whole line: kept raw with its reason, and good readings all around it."""

import time
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from deploy.stack.broker import Broker
from ingest.database.quarantine_queries import Quarantined, show, waiting
from ingest.decoding.rejection import Reason
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.command_line import virtaama
from tests.fixtures.ingest_process import IngestProcess, publish, retain, rows
from tests.fixtures.points import NO_BOUNDS, add_mapping, add_points
from tests.fixtures.service_process import wait_until

SITE = "bad-input"
POINT = f"{SITE}/main/flow"
LINE = f"{SITE}/main"
FOREIGN = f"{SITE}-gateway/row"
LISTS = f"{SITE}-gateway/lists"
T = '"t": "2026-11-24T11:59:00Z"'
REFUSED = 66.0


class Bad(NamedTuple):
    """One bad message: what it is, and the reason that it must be given."""

    what: str
    topic: str
    payload: bytes
    reason: Reason


BAD = [
    Bad("nothing", POINT, b"", Reason.NOT_JSON),
    Bad("bytes", POINT, b"\x00\xff\xfe{", Reason.NOT_JSON),
    Bad("cut off", POINT, b'{"t": "2026-11-24T11:5', Reason.NOT_JSON),
    Bad("deep", POINT, b"[" * 100_000, Reason.NOT_JSON),
    Bad("csv", POINT, b"2026-11-24;563,2", Reason.NOT_JSON),
    Bad("text for a number", POINT, f'{{{T}, "v": "563"}}'.encode(), Reason.WRONG_TYPE),
    Bad("list for a number", POINT, f'{{{T}, "v": [1]}}'.encode(), Reason.WRONG_TYPE),
    Bad("number on a line", LINE, b"563.2", Reason.WRONG_TYPE),
    Bad("nothing in a list", LINE, b"[]", Reason.NO_READING),
    Bad("NaN", POINT, f'{{{T}, "v": NaN}}'.encode(), Reason.NOT_FINITE),
    Bad("bare NaN", POINT, b"NaN", Reason.NOT_FINITE),
    Bad("Infinity", POINT, f'{{{T}, "v": Infinity}}'.encode(), Reason.NOT_FINITE),
    Bad("minus infinity", POINT, b"-Infinity", Reason.NOT_FINITE),
    Bad("beyond a float", POINT, f'{{{T}, "v": 1e999}}'.encode(), Reason.NOT_FINITE),
    Bad("no stamp", POINT, b'{"v": 1}', Reason.NO_STAMP),
    Bad("words for a stamp", POINT, b'{"t": "yesterday", "v": 1}', Reason.BAD_STAMP),
    Bad("no zone", POINT, b'{"t": "2026-11-24T11:59:00", "v": 1}', Reason.STAMP_WITHOUT_ZONE),
    Bad("1970", POINT, b'{"t": "1970-01-01T00:00:00Z", "v": 1}', Reason.STAMP_TOO_OLD),
    Bad("seconds for ms", POINT, b'{"t": 1795521540, "v": 1}', Reason.STAMP_TOO_OLD),
    Bad("2099", POINT, b'{"t": "2099-01-01T00:00:00Z", "v": 1}', Reason.STAMP_IN_FUTURE),
    Bad("the skipped hour", FOREIGN, b'{"at": "29.03.2026 03:30", "v": 1}', Reason.STAMP_IN_GAP),
    Bad("no value", POINT, f'{{{T}, "v": null}}'.encode(), Reason.NO_VALUE),
    Bad("a state", FOREIGN, b'{"at": "24.11.2026 13:00", "v": "odd"}', Reason.UNKNOWN_STATE),
    Bad("a bad status", POINT, f'{{{T}, "v": 1, "s": -1}}'.encode(), Reason.BAD_STATUS),
    Bad("a name in a list", LISTS, b'{"list": [{"id": "a", "v": 1}]}', Reason.NAMED_LIST),
    Bad("another element", LISTS, b'{"v": [null, 1]}', Reason.NOT_READ),
    Bad("kept by the broker", POINT, b"33", Reason.RETAINED),
    Bad("unknown topic", f"{SITE}/nowhere/at/all", b"1", Reason.UNKNOWN_TOPIC),
    Bad("unknown point", f"{SITE}/main/sea", b"1", Reason.UNKNOWN_POINT),
    Bad(
        "a name that cannot be stored",
        LINE,
        f'{{{T}, "v": {{"\\u0000\\ud800": 1}}}}'.encode(),
        Reason.UNKNOWN_POINT,
    ),
    Bad("1 MB", POINT, b"1".rjust(1_000_000), Reason.TOO_LARGE),
    Bad("another value", POINT, b'{"t": "2026-11-24T00:00:00Z", "v": 8}', Reason.CONFLICT),
    Bad("refused", POINT, f'{{{T}, "v": {REFUSED}}}'.encode(), Reason.REFUSED),
]
FIRST = (POINT, b'{"t": "2026-11-24T00:00:00Z", "v": 7}')


class Line(NamedTuple):
    """A line that has met all the bad messages: its database, and what it kept by payload."""

    url: str
    kept: dict[tuple[str, bytes], Quarantined]
    good: int
    log: str


@pytest.fixture(scope="module")
def line(
    migrated_module_url: str, broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> Line:
    url = migrated_module_url
    add_points(url, {"flow": NO_BOUNDS, "level": NO_BOUNDS}, site=SITE)
    value = ValueMapping("main/level", "/v", states={"on": 1.0})
    mapping = TopicMapping("row", FOREIGN, (value,), "/at", "%d.%m.%Y %H:%M", "Europe/Helsinki")
    add_mapping(url, mapping, site=SITE)
    values = (ValueMapping("main/level", "/v/0"), ValueMapping("main/level", "/list/0/v"))
    add_mapping(url, TopicMapping("lists", LISTS, values), site=SITE)
    with psycopg.connect(url) as connection:
        connection.execute(f"ALTER TABLE reading ADD CHECK (value <> {REFUSED})".encode())
    now_ms = time.time_ns() // 1_000_000
    messages: list[tuple[str, object]] = [FIRST]
    for number, bad in enumerate(BAD):
        if bad.reason is not Reason.RETAINED:
            messages.append((bad.topic, bad.payload))
        messages.append((POINT, {"t": now_ms + number, "v": number}))
    folder: Path = tmp_path_factory.mktemp("bad-input")
    retain(broker.host, broker.port, POINT, b"33")
    with IngestProcess(folder, url, broker.url) as ingest:
        ingest.ready()
        publish(broker.host, broker.port, messages)
        wait_until(lambda: len(waiting(url)) >= len(BAD), "not all bad messages were kept")
        assert ingest.stop() == 0
        log = ingest.log
    retain(broker.host, broker.port, POINT, b"")
    shown = [show(url, each.quarantine_id) for each in waiting(url)]
    return Line(url, {(each.topic, each.payload): each for each in shown}, len(BAD) + 1, log)


@pytest.mark.parametrize("bad", BAD, ids=[bad.what for bad in BAD])
def test_a_bad_message_is_kept_as_it_came_with_its_reason(line: Line, bad: Bad) -> None:
    kept = line.kept[bad.topic, bad.payload]
    assert kept.reason == bad.reason.value
    assert (kept.count, kept.replayed_at) == (1, None)
    assert kept.detail


def test_every_good_reading_between_them_is_stored_and_nothing_else(line: Line) -> None:
    assert len(line.kept) == len(waiting(line.url)) == len(BAD)
    assert rows(line.url, "SELECT count(*), sum(value)::int FROM reading") == [
        (line.good, 7 + sum(range(len(BAD))))
    ]
    messages = len(BAD) + line.good
    assert f"{messages} messages received, {messages} acknowledged" in line.log


def test_every_reason_that_there_is_has_been_met(line: Line) -> None:
    assert {each.reason for each in line.kept.values()} == {reason.value for reason in Reason}
    answer = virtaama("quarantine", "list", database_url=line.url)
    assert all(reason.value in answer.out for reason in Reason)
