"""The disk of the database or of the spool is full for a while."""

import os
import random
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.stack.timescale import TimescaleServer
from deploy.stack.user import give_to_server
from tests.crash.line import Line, Recover
from tests.crash.traffic import LINE, check_once, missing, wait_for_all
from tests.fixtures.ingest_process import rows

WITHIN_S = 15.0
DISK_MIB = 24
TABLESPACE = "small"
FILL_STEP_BYTES = 65_536


@pytest.fixture
def small_disk(scratch_dir: Path) -> Iterator[Path]:
    """A file system of a few MiB; only root may make one."""
    if os.geteuid() != 0:
        pytest.skip("a small file system needs root to be mounted")
    folder = scratch_dir / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if (done := subprocess.run(mount, capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"this root may not mount a small file system: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_tablespace(small_disk: Path, server: TimescaleServer) -> Iterator[Path]:
    """A tablespace on the small disk; its database must be dropped before."""
    folder = small_disk / "tablespace"
    folder.mkdir(mode=0o700)
    give_to_server(folder)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE {TABLESPACE} LOCATION '{folder}'".encode())
        yield small_disk
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP TABLESPACE {TABLESPACE}".encode())


def _fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(FILL_STEP_BYTES))
        except OSError:
            return ballast


def test_the_disk_of_the_database_is_full(
    small_tablespace: Path, line: Line, chance: random.Random, recover: Recover
) -> None:
    rows(line.url, f"SELECT 1 FROM (SELECT attach_tablespace('{TABLESPACE}', 'reading')) made")
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.2, 0.5))
        ballast = _fill(small_tablespace)
        ingest.says_anew("No space left on device", 0)
        ingest.says_anew(r"[1-9]\d* spooled", 0)
        traffic.flow(chance.uniform(0.0, 1.0))
        ballast.unlink()
        since_s = time.monotonic()
        line.recovered(traffic.end(), since_s, recover, WITHIN_S)
    ingest.says("the spool is empty")


def test_the_disk_of_the_spool_is_full(
    small_disk: Path, line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest(spool_folder=small_disk)
    with line.traffic() as traffic:
        traffic.flow(0.2)
        _fill(small_disk)
        line.to_database.stop()
        ingest.says("nothing is acknowledged")
        traffic.flow(chance.uniform(0.5, 1.5))
        mark = len(ingest.log)
        ingest.says_anew(r"received, (\d+) acknowledged", mark)
        line.to_database.start()
        since_s = time.monotonic()
        line.recovered(traffic.end(), since_s, recover, WITHIN_S)
    ingest.says("resume: a place for messages")
    assert ingest.stop() == 0


def test_the_spool_has_reached_its_limit(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    limit_bytes = 16 << 20
    ingest = line.ingest(spool_limit_bytes=limit_bytes)
    # Of the plant's own line: what a guest sends beyond its share is refused, and never waits.
    topic = f"{line.site}/{LINE}/nowhere"
    fillers = [(topic, b"%d" % n + b"x" * 100_000) for n in range(120)]
    with line.traffic(500) as traffic:
        line.to_database.stop()
        line.fill(fillers)
        ingest.says("nothing is acknowledged")
        traffic.flow(chance.uniform(0.2, 1.0))
        size_bytes = sum(path.stat().st_size for path in line.spool.iterdir())
        assert size_bytes <= limit_bytes
        line.to_database.start()
        since_s = time.monotonic()
        count = traffic.end()
        recover(count, wait_for_all(line.url, count, within_s=WITHIN_S, since_s=since_s), WITHIN_S)
    ingest.says("the spool is empty")
    check_once(line.url, count, quarantined=len(fillers))


def test_the_file_of_the_spool_is_cut_and_exactly_the_rest_is_reported(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(0.3)
        traffic.pause()
        wait_for_all(line.url, traffic.sent, within_s=WITHIN_S, since_s=time.monotonic())
        line.to_database.stop()
        traffic.go_on()
        ingest.says_anew(r"([5-9]|\d\d)\d{3} spooled", 0)
        count = traffic.end()
        ingest.says_anew(rf"{count} messages received, {count} acknowledged", 0)
        ingest.kill()
        path = line.spool / "spool.sqlite"
        _checkpoint(path)
        os.truncate(path, chance.randrange(path.stat().st_size // 2, path.stat().st_size - 65_536))
        line.to_database.start()
        since_s = time.monotonic()
        ingest.start()
        ingest.says("the broken file is kept as")
        ingest.says("the spool is empty")
        recovery_s = time.monotonic() - since_s
    lost = int(re.findall(r"messages saved, (\d+) lost", ingest.log)[0])
    recover(count, recovery_s, WITHIN_S, f"; {lost} were lost in the file, and said so")
    assert missing(line.url, count) == lost > 0
    assert rows(line.url, "SELECT sum(n)::int FROM rollup_1h") == [(count - lost,)]
    assert len(list(line.spool.glob("broken-*-spool.sqlite"))) == 1


def _checkpoint(path: Path) -> None:
    """Move everything from the write-ahead log into the file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
