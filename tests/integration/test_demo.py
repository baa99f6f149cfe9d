"""The demonstration as a newcomer runs it: starts, shows a plant, survives, and leaves nothing."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.fixtures.ingest_process import rows
from tests.fixtures.local_process import LocalProcess, working_below
from tests.fixtures.mqtt_client import AccountClient
from tests.fixtures.processes import end_at_once
from tests.fixtures.service_process import wait_until

WARM_START_MAX_S = 60.0  # the machine of a test run is shared; a quiet one takes a quarter of it


class Demo(LocalProcess):
    """`virtaama demo` in a folder of its own with a short history."""

    def __init__(self, folder: Path) -> None:
        options = ["--folder", folder / "demo", "--history-days", 1, "--speed", 30]
        super().__init__(folder / "out.txt", "demo", *options)
        self.folder = folder


@pytest.fixture
def folder(scratch_dir: Path) -> Iterator[Path]:
    yield scratch_dir
    left = working_below(scratch_dir)
    assert not left, f"left running: {left}"


def _broker_answers_a_stranger(demo: Demo) -> str:
    found = re.search(r"mqtts://replay:\S+@([\d.]+):(\d+)", demo.said)
    assert found, demo.said
    authority = demo.folder / "demo/broker-access/authority.pem"
    with AccountClient((found[1], int(found[2])), None, None, authority=authority) as stranger:
        return stranger.connect()


def test_it_shows_a_plant_survives_a_power_cut_and_leaves_nothing_running(folder: Path) -> None:
    with Demo(folder) as demo:
        assert demo.page_is_served()
        demo.kill_everything()
    started_s = time.monotonic()
    with Demo(folder) as demo:
        assert time.monotonic() - started_s < WARM_START_MAX_S
        assert demo.page_is_served()
        assert _broker_answers_a_stranger(demo) == "Not authorized"
        assert demo.stop() == 0
        assert "stopped" in demo.said
    assert not working_below(folder)


@pytest.mark.exhaustive
def test_a_database_that_is_killed_is_started_again_and_readings_flow_on(
    folder: Path,
) -> None:
    with Demo(folder) as demo:
        url = _database_url(folder)
        before = _count(url)
        _kill_database(folder)
        wait_until(lambda: "database has ended and is started again" in demo.said, demo.said)
        wait_until(lambda: _count(url) > before + 50, "no reading arrives any more")
        assert demo.page_is_served()


def _kill_database(folder: Path) -> None:
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        if f"{folder}/demo/database" in line and "deploy.cli" not in line:
            end_at_once(int(entry.name))


def _database_url(folder: Path) -> str:
    for line in working_below(folder):
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
