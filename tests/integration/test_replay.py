"""The replayer against a real broker, ingest and database: what it says is what is stored."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.stack.broker import Broker
from deploy.stack.ports import free_port
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.command_line import ROOT, virtaama, virtaama_process
from tests.fixtures.ingest_process import IngestProcess, publish, rows
from tests.fixtures.service_process import wait_until

MIKKELI = ROOT / "deploy/sites/mikkeli"
CLOSING = re.compile(r"published (\d+) messages with (\d+) readings in (\d+) s\n")
END_TIMEOUT_S = 30.0
SOURCES = ("influent", "effluent", "aeration", "ro", "electrolysis", "model")  # of the loaded site
OF_THE_SITE = [word for source in SOURCES for word in ("--only", source)]
FLOW = "mikkeli/main/jv-ft-205"


@pytest.fixture
def plant_url(migrated_url: str) -> str:
    load(migrated_url, read(MIKKELI), now=datetime.now(UTC))
    return migrated_url


@pytest.fixture
def own_broker(scratch_dir: Path) -> Iterator[Broker]:
    """A broker of its own: other tests publish on the topics of the recordings too."""
    with Broker(scratch_dir / "broker") as broker:
        yield broker


def _closing(text: str) -> tuple[int, int, int]:
    match = CLOSING.fullmatch(text)
    assert match, text
    messages, readings, seconds = map(int, match.groups())
    return messages, readings, seconds


def _stored(url: str) -> int:
    return int(rows(url, "SELECT count(*) FROM reading")[0][0])


@pytest.mark.exhaustive
def test_every_reading_that_a_replay_published_is_accounted_for(
    tmp_path: Path, plant_url: str, own_broker: Broker
) -> None:
    with IngestProcess(tmp_path, plant_url, own_broker.url, metrics_interval_s=0.1) as ingest:
        ingest.ready()
        messages, readings = _replay_until_interrupted(own_broker.url, plant_url)
        more = virtaama_process(
            *("replay", "--only", "ro", "--only", "influent", "--speed", 60, "--duration-s", 3),
            mqtt_url=own_broker.url,
        )
        assert more.code == 0
        more_messages, more_readings, seconds = _closing(more.out)
        # It begins with a row; of the pilot one comes each second, of the plant one each 5 s.
        assert seconds >= 3
        assert 1 <= more_messages <= 2 * (seconds + 1)
        messages, readings = messages + more_messages, readings + more_readings

        now_ms = time.time_ns() // 1_000_000
        good = (f"{FLOW}", {"t": now_ms, "v": 500})
        bad = [(FLOW, b"{"), ("mikkeli/main/no-such-point", b"1"), ("mikkeli/sea", b"1")]
        publish(own_broker.host, own_broker.port, [good, *bad, good, bad[0]])
        received = messages + 6
        ingest.says(f"{received} messages received, {received} acknowledged")
        assert ingest.stop() == 0
        log = ingest.log
    assert f"{readings + 1} readings stored, 1 known already, 4 quarantined" in log
    assert _stored(plant_url) == readings + 1
    kept = rows(plant_url, "SELECT reason, count FROM quarantine ORDER BY reason")
    assert kept == [("not_json", 2), ("unknown_point", 1), ("unknown_topic", 1)]
    assert rows(plant_url, "SELECT sum(n) FROM rollup_1h") == [(readings + 1,)]
    answer = virtaama("status", database_url=plant_url)
    assert answer.code == 0
    assert "2 not_json" not in answer.out  # messages, not sightings
    assert "1 not_json, 1 unknown_point, 1 unknown_topic" in answer.out


def _replay_until_interrupted(mqtt_url: str, database_url: str) -> tuple[int, int]:
    """Replay the site until each source has a reading; return what it says at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", "replay", "--speed", "60", *OF_THE_SITE],
        env=os.environ | {"VIRTAAMA_MQTT_URL": mqtt_url, "VIRTAAMA_DATABASE_URL": database_url},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as replay:
        try:
            enough = "SELECT count(DISTINCT point_id) FROM reading"
            wait_until(lambda: rows(database_url, enough)[0][0] > 100, "too few points")
            replay.send_signal(signal.SIGINT)
            out, _ = replay.communicate(timeout=END_TIMEOUT_S)
        finally:
            replay.kill()
    assert replay.returncode == 0
    messages, readings, _ = _closing(out)
    return messages, readings


def test_status_knows_that_ingest_is_connected(
    tmp_path: Path, plant_url: str, broker: Broker
) -> None:
    with IngestProcess(tmp_path, plant_url, broker.url) as ingest:
        ingest.ready()
        assert "is connected to this database" in virtaama("status", database_url=plant_url).out
    answer = virtaama("status", database_url=plant_url)
    assert answer.code == 3
    assert "IS NOT CONNECTED" in answer.out


def test_a_replay_waits_for_its_broker_and_says_so_once(scratch_dir: Path, tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "replay.log"
    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "replay", "--only", "ro", "--speed", "60"],
            env=os.environ | {"VIRTAAMA_MQTT_URL": f"mqtt://127.0.0.1:{port}"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as replay,
    ):
        try:
            wait_until(lambda: f"no broker at 127.0.0.1:{port} yet" in log.read_text(), "silent")
            with Broker(scratch_dir / "late", port=port):
                wait_until(lambda: "replay: ro" in log.read_text(), "it does not begin")
                replay.send_signal(signal.SIGTERM)
                out, _ = replay.communicate(timeout=END_TIMEOUT_S)
        finally:
            replay.kill()
    assert replay.returncode == 0
    assert _closing(out)[0] >= 0
    assert log.read_text().count("no broker") == 1


def test_the_report_tells_the_clock_changes_and_gaps_of_the_recordings() -> None:
    answer = virtaama("replay", "--report")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.count("clock changes passed: 1 forward, 0 back") == 3
    assert "rows inside the skipped hour 0, inside the repeated hour 0" in answer.out
    names = [line.split()[0] for line in virtaama("replay", "--list").out.splitlines()]
    assert names == [*SOURCES, "works"]
