"""The demonstration as a newcomer runs it: starts, shows a plant, survives, and leaves nothing."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psycopg
import pytest

from tests.fixtures.ingest_process import ROOT, rows, wait_until
from tests.fixtures.mqtt_client import AccountClient
from tests.fixtures.processes import children_of

STOP_TIMEOUT_S = 30.0
WARM_START_MAX_S = 60.0  # the machine of a test run is shared; a quiet one takes a quarter of it


class Demo:
    """`virtaama demo` in a folder of its own with a short history."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._out = folder / "out.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        options = ["--folder", str(self.folder / "demo"), "--history-days", "1"]
        options += ["--speed", "30"]
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "demo", *options],
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(
                lambda: "Ctrl-C stops everything" in self.said or not self.runs, "it did not start"
            )
            assert self.runs, self.said
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.runs:
            self.stop()

    @property
    def said(self) -> str:
        return self._out.read_text(encoding="utf-8")

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def address(self) -> str:
        found = re.search(r"http://[\d.:]+/", self.said)
        assert found, self.said
        return found[0]

    @property
    def children(self) -> list[int]:
        """The processes that it has started."""
        assert self._process is not None
        return children_of(self._process.pid)

    def stop(self) -> int:
        """Stop it as Ctrl-C does and return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_TIMEOUT_S)

    def kill_everything(self) -> None:
        """End it and all that it started at once, as a power cut does."""
        assert self._process is not None
        children = self.children
        self._process.kill()
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def folder(scratch_dir: Path) -> Iterator[Path]:
    yield scratch_dir
    left = _working_below(scratch_dir)
    assert not left, f"left running: {left}"


def _working_below(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder) in (entry / "cmdline").read_text():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def _page_is_served(demo: Demo) -> bool:
    with urllib.request.urlopen(f"{demo.address}sign-in", timeout=10) as answer:
        return answer.status == 200 and b'name="password"' in answer.read()


def _broker_answers_a_stranger(demo: Demo) -> str:
    found = re.search(r"mqtts://replay:\S+@([\d.]+):(\d+)", demo.said)
    assert found, demo.said
    authority = demo.folder / "demo/broker-access/authority.pem"
    with AccountClient((found[1], int(found[2])), None, None, authority=authority) as stranger:
        return stranger.connect()


def test_it_shows_a_plant_survives_a_power_cut_and_leaves_nothing_running(folder: Path) -> None:
    with Demo(folder) as demo:
        assert _page_is_served(demo)
        demo.kill_everything()
    started_s = time.monotonic()
    with Demo(folder) as demo:
        assert time.monotonic() - started_s < WARM_START_MAX_S
        assert _page_is_served(demo)
        assert _broker_answers_a_stranger(demo) == "Not authorized"
        assert demo.stop() == 0
        assert "stopped" in demo.said
    assert not _working_below(folder)


def test_a_database_that_is_killed_is_started_again_and_readings_flow_on(
    folder: Path,
) -> None:
    with Demo(folder) as demo:
        url = _database_url(folder)
        before = _count(url)
        _kill_database(folder)
        wait_until(lambda: "database has ended and is started again" in demo.said, demo.said)
        wait_until(lambda: _count(url) > before + 50, "no reading arrives any more")
        assert _page_is_served(demo)


def _kill_database(folder: Path) -> None:
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        if f"{folder}/demo/database" in line and "deploy.cli" not in line:
            os.kill(int(entry.name), signal.SIGKILL)


def _database_url(folder: Path) -> str:
    for line in _working_below(folder):
        found = re.search(r"-c port=(\d+)", line)
        if found:
            password = (folder / "demo/database/password").read_text().strip()
            return f"postgresql://postgres:{password}@127.0.0.1:{found[1]}/virtaama"
    raise AssertionError("no database runs")


def _count(url: str) -> int:
    """Return how many readings are stored; -1 while the database is away."""
    try:
        return int(rows(url, "SELECT count(*) FROM reading")[0][0])
    except psycopg.OperationalError:
        return -1
