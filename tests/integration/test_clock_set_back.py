"""The machine's clock is set back an hour while the ingest runs: readings are stored as before."""

import time
from pathlib import Path

import pytest

from deploy.stack.broker import Broker
from deploy.stack.ports import free_port
from tests.fixtures.ingest_process import IngestProcess, publish, rows
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.preloaded import WALL_CLOCK, set_wall_clock
from tests.fixtures.scrape import get
from tests.fixtures.service_process import wait_until

HOUR_S = 3_600
COMMIT_LIMIT_S = 5.0  # many times what it takes, and far below what would wait for the clock


def test_every_reading_of_the_plant_was_refused_for_an_hour(
    migrated_url: str,
    tmp_path: Path,
    scratch_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_points(migrated_url, {"flow": NO_BOUNDS}, site="fi")
    wrong_s, port = tmp_path / "wrong_s", free_port()
    monkeypatch.setenv(WALL_CLOCK, str(wrong_s))
    set_wall_clock(wrong_s, 0)
    (tmp_path / "spool").mkdir()
    settings = {"endpoint_port": port, "spool_folder": tmp_path / "spool"}
    with (
        Broker(scratch_dir / "broker") as broker,
        IngestProcess(tmp_path, migrated_url, broker.url, **settings) as ingest,
    ):
        ingest.ready()
        count = 0
        for wrong in (0, -HOUR_S, -HOUR_S, 0, HOUR_S, 0):
            set_wall_clock(wrong_s, wrong)
            # One that knows its time, and one that is given ours.
            for value in ({"t": time.time_ns() // 1_000_000, "v": count}, count):
                count += 1
                began_s = time.monotonic()
                publish(broker.host, broker.port, [("fi/main/flow", value)])
                wait_until(
                    lambda n=count: rows(migrated_url, "SELECT count(*) FROM reading") == [(n,)],
                    f"{value} is not stored while the clock is wrong by {wrong} s",
                )
                assert time.monotonic() - began_s < COMMIT_LIMIT_S
            assert get(port, "/health")[0] == 200
        assert ingest.log.count("clock was set back by") == 2
        assert ingest.stop() == 0
    assert rows(migrated_url, "SELECT count(*) FROM quarantine") == [(0,)]
