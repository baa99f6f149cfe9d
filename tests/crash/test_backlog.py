"""However much waits, the ingest holds no more than its settings allow."""

import time

import pytest

from tests.crash.line import Line, Recover
from tests.crash.traffic import LINE, POINTS, T, missing
from tests.fixtures.ingest_process import publish_quickly, rows
from tests.fixtures.service_process import DEADLINE_S

RATE_MIN_PER_S = 2_000
BACKLOGS = [60_000, pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]

INTAKE_LIMIT_MESSAGES = 40_000
# A small message is about 600 bytes of Python objects, and a batch its columns and its COPY text.
ALLOWED_BYTES = INTAKE_LIMIT_MESSAGES * 600 + 40_000_000


@pytest.mark.parametrize("spool", [False, True], ids=["broker", "spool"])
@pytest.mark.parametrize("count", BACKLOGS)
def test_a_backlog_does_not_fill_the_memory(
    line: Line, recover: Recover, count: int, spool: bool
) -> None:
    ingest = line.ingest(
        spool_folder=line.spool if spool else None,
        spool_limit_bytes=1 << 30,
        intake_limit_messages=INTAKE_LIMIT_MESSAGES,
        flush_interval_s=0.1,
        drain_limit_messages_per_s=1_000_000,
    )
    topics = [f"{line.site}/{LINE}/{key}" for key in POINTS]
    publish_quickly(
        line.broker.port, ((topics[n % 5], b'{"t":%d,"v":1}' % (T + n)) for n in range(100))
    )
    while missing(line.url, 100):
        time.sleep(0.05)
    before_bytes = ingest.peak_memory_bytes
    line.to_database.stop()
    publish_quickly(
        line.broker.port,
        ((topics[n % 5], b'{"t":%d,"v":1}' % (T + n)) for n in range(100, count)),
    )
    away_bytes = ingest.peak_memory_bytes
    line.to_database.start()
    since_s = time.monotonic()
    while left := missing(line.url, count):
        assert time.monotonic() - since_s < DEADLINE_S + count / RATE_MIN_PER_S, f"{left} missing"
        time.sleep(0.2)
    took_s = time.monotonic() - since_s
    grown_bytes = ingest.peak_memory_bytes - before_bytes
    recover(
        count,
        took_s,
        DEADLINE_S + count / RATE_MIN_PER_S,
        f"; {before_bytes >> 20} MiB, +{(away_bytes - before_bytes) >> 20} MiB while the database "
        f"was away, +{grown_bytes >> 20} MiB in all",
    )
    assert grown_bytes < ALLOWED_BYTES
    assert rows(line.url, "SELECT sum(n)::int FROM rollup_1d") == [(count,)]
