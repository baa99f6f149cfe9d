"""What others lose in the same cells: the database is away for 20 s, the consumer is killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.crash.line import Line, Recover
from tests.crash.traffic import Traffic, check_once, wait_for_all
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import ROOT, wait_until

AWAY_S = 20.0
WITHIN_S = 20.0
RATE_PER_S = 500
SETTLED_S = 4.0
TABLE = "CREATE TABLE peer (topic text, ts timestamptz, value float8, PRIMARY KEY (topic, ts))"

pytestmark = pytest.mark.slow


class _Peer:
    def __init__(self, line: Line, kind: str) -> None:
        self._line = line
        self._kind = kind
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        line = self._line
        url = line.url_through_proxy
        with (line.folder / "peer.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.crash.peer"),
                    *(line.broker.host, str(line.broker.port), line.site, url, self._kind),
                ],
                cwd=ROOT,
                stderr=log,
            )

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def stored(self) -> int:
        return int(rows(self._line.url, "SELECT count(*) FROM peer")[0][0])


@contextmanager
def _both(line: Line, kind: str) -> Iterator[tuple[_Peer, Traffic]]:
    with psycopg.connect(line.url, autocommit=True) as connection:
        connection.execute(TABLE)
    peer = _Peer(line, kind)
    peer.start()
    log = line.folder / "peer.log"
    wait_until(lambda: "subscribed" in log.read_text(encoding="utf-8"), "no peer")
    try:
        with line.traffic(RATE_PER_S) as traffic:
            yield peer, traffic
    finally:
        peer.kill()


def _settled(peer: _Peer) -> int:
    stored, since_s = peer.stored, time.monotonic()
    while time.monotonic() - since_s < SETTLED_S:
        time.sleep(0.2)
        if (now := peer.stored) != stored:
            stored, since_s = now, time.monotonic()
    return stored


@pytest.mark.parametrize("kind", ["plain", "careful"])
def test_database_away_for_20_s(line: Line, recover: Recover, kind: str) -> None:
    line.ingest(spool_after_s=5)
    with _both(line, kind) as (peer, traffic):
        traffic.flow(1.0)
        line.to_database.stop()
        traffic.flow(AWAY_S)
        line.to_database.start()
        since_s = time.monotonic()
        traffic.flow(1.0)
        count = traffic.end()
        took_s = wait_for_all(line.url, count, within_s=WITHIN_S, since_s=since_s)
        check_once(line.url, count)
        lost = count - _settled(peer)
    recover(count, took_s, WITHIN_S, f"; we lost 0, {kind} paho + executemany lost {lost}")
    assert lost > 0 or kind == "careful"


@pytest.mark.parametrize("kind", ["plain", "careful"])
def test_consumer_killed(line: Line, recover: Recover, kind: str) -> None:
    ingest = line.ingest()
    with _both(line, kind) as (peer, traffic):
        traffic.flow(2.0)
        ingest.kill()
        peer.kill()
        traffic.flow(2.0)
        since_s = time.monotonic()
        ingest.start()
        peer.start()
        traffic.flow(3.0)
        count = traffic.end()
        took_s = wait_for_all(line.url, count, within_s=WITHIN_S, since_s=since_s)
        check_once(line.url, count)
        lost = count - _settled(peer)
    recover(count, took_s, WITHIN_S, f"; we lost 0, {kind} paho + executemany lost {lost}")
    assert lost > 0 or kind == "careful"
