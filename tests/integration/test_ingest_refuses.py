"""Each limit of the ingest that something from outside can meet: refused, counted and said."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from deploy.stack.broker import Broker
from deploy.stack.ports import free_port
from ingest.decoding.rejection import Reason
from ingest.limits.limit import IngestLimit
from ingest.spool.spool import LIMIT_MIN_BYTES
from tests.fixtures.ingest_process import IngestProcess, publish, publish_quickly, rows
from tests.fixtures.pilot_line import describe_with_a_pilot
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.proxy import Proxy
from tests.fixtures.refusing import refusing
from tests.fixtures.service_process import wait_until

SITE = "bounded"
FLOW, LEVEL = f"{SITE}/main/flow", f"{SITE}/pilot/level"
HOUR_MS = 3_600_000
PAYLOAD_BYTES, BAD_BYTES, LARGE_BYTES = 30_000, 20_000, 1_000_000
LINES = 13  # whose shares are more than quarantine is in all
SETTINGS = {
    "payload_limit_bytes": PAYLOAD_BYTES,
    "quarantine_limit_bytes": 1_000_000,
    "quarantine_sender_limit_bytes": 100_000,
    "quarantine_keep_days": 30,
    "intake_limit_messages": 100,
    "receive_maximum_messages": 100,
    "batch_limit_messages": 50,
    "guest_batch_limit_messages": 5,
    "intake_guest_limit_percent": 10,
    "spool_limit_bytes": LIMIT_MIN_BYTES,
    "spool_guest_limit_percent": 1,
    "spool_after_s": 1,
    "flush_interval_s": 0.1,
}


class Bounded(NamedTuple):
    """A plant whose ingest has small limits, and the proxy before its database."""

    url: str
    broker: Broker
    ingest: IngestProcess
    proxy: Proxy


@pytest.fixture
def bounded(
    migrated_url: str,
    tmp_path: Path,
    scratch_dir: Path,
    proxy_factory: Callable[[str, int], Proxy],
) -> Iterator[Bounded]:
    """Let the ingest run; whatever it refused, it stores a reading of the plant at the end."""
    describe_with_a_pilot(migrated_url, SITE)
    for number in range(LINES):
        add_points(migrated_url, {f"of-{number}": NO_BOUNDS}, site=SITE, line=f"line-{number}")
    server = urlsplit(migrated_url)
    proxy = proxy_factory(server.hostname, server.port)
    through = migrated_url.replace(f":{server.port}/", f":{proxy.port}/")
    (tmp_path / "spool").mkdir()
    settings = {**SETTINGS, "endpoint_port": free_port(), "spool_folder": tmp_path / "spool"}
    with (
        Broker(scratch_dir / "broker") as broker,
        IngestProcess(tmp_path, through, broker.url, **settings) as ingest,
    ):
        yield Bounded(migrated_url, broker, ingest.ready(), proxy)
        before = _stored(migrated_url)
        _send(broker, FLOW, _reading(hours_ago=1))
        wait_until(lambda: _stored(migrated_url) > before, "a reading of the plant is not stored")
        assert ingest.stop() == 0


def test_what_is_not_read_is_refused_counted_and_said(bounded: Bounded) -> None:
    url, broker, ingest, _ = bounded
    with refusing(IngestLimit.PAYLOAD_BYTES, ingest):
        _send(broker, FLOW, b"1".ljust(PAYLOAD_BYTES + 1))
    with refusing(IngestLimit.STAMP_TOO_OLD, ingest):
        _send(broker, FLOW, _reading(hours_ago=24 * 365 * 50))
    with refusing(IngestLimit.STAMP_IN_FUTURE, ingest):
        _send(broker, FLOW, _reading(hours_ago=-1))
    kept = dict(rows(url, "SELECT reason, detail FROM quarantine"))
    assert f"up to {PAYLOAD_BYTES} bytes are read" in kept[Reason.TOO_LARGE.value]
    assert "is before" in kept[Reason.STAMP_TOO_OLD.value]
    assert "is after the reception" in kept[Reason.STAMP_IN_FUTURE.value]


def test_what_quarantine_has_no_room_for_is_refused_counted_and_said(bounded: Bounded) -> None:
    url, broker, ingest, _ = bounded
    with refusing(IngestLimit.QUARANTINE_OF_A_SENDER, ingest):
        publish_quickly(broker.port, ((LEVEL, _bad(n)) for n in range(10)))
    with refusing(IngestLimit.QUARANTINE, ingest):
        topics = (f"{SITE}/line-{line}" for line in range(LINES))
        publish_quickly(broker.port, ((topic, _bad(n)) for topic in topics for n in range(4)))
    rows(url, "UPDATE quarantine SET last_seen = now() - INTERVAL '31 days' RETURNING 1")
    with refusing(IngestLimit.QUARANTINE_DAYS, ingest):
        _send(broker, FLOW, _bad(99))


def test_what_intake_and_spool_have_no_room_for_is_refused_counted_and_said(
    bounded: Bounded,
) -> None:
    _, broker, ingest, proxy = bounded
    proxy.stop()
    with (
        refusing(IngestLimit.INTAKE_OF_GUESTS, ingest),
        refusing(IngestLimit.SPOOL_OF_A_GUEST, ingest),
    ):
        readings = ((LEVEL, _reading(hours_ago=8, number=n)) for n in range(3_000))
        publish_quickly(broker.port, readings)
    with refusing(IngestLimit.SPOOL, ingest):
        large = (b"%d" % n + b"x" * LARGE_BYTES for n in range(12))
        publish_quickly(broker.port, ((FLOW, each) for each in large))
    proxy.start()


def _send(broker: Broker, topic: str, payload: bytes) -> None:
    publish(broker.host, broker.port, [(topic, payload)])


def _reading(*, hours_ago: int, number: int = 0) -> bytes:
    at_ms = time.time_ns() // 1_000_000 - hours_ago * HOUR_MS
    return b'{"t":%d,"v":1}' % (at_ms + number)


def _bad(number: int) -> bytes:
    return b"no json %d" % number + b"x" * BAD_BYTES


def _stored(url: str) -> int:
    return int(rows(url, "SELECT count(*) FROM reading")[0][0])
