"""An ingest that starts before its machine knows the time: what is right is stored all the same."""

import time
from pathlib import Path

import pytest

from deploy.stack.broker import Broker
from tests.fixtures.ingest_process import IngestProcess, publish, rows
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.preloaded import WALL_CLOCK, set_wall_clock
from tests.fixtures.service_process import wait_until

HOUR_S = 3_600
READINGS = 20


def test_what_was_right_stayed_in_quarantine_when_the_clock_was_right_again(
    migrated_url: str,
    tmp_path: Path,
    scratch_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_points(migrated_url, {"flow": NO_BOUNDS}, site="fi")
    wrong_s = tmp_path / "wrong_s"
    monkeypatch.setenv(WALL_CLOCK, str(wrong_s))
    set_wall_clock(wrong_s, -HOUR_S)
    now_ms = time.time_ns() // 1_000_000
    right = [("fi/main/flow", {"t": now_ms - n, "v": n}) for n in range(READINGS)]
    fast = ("fi/main/flow", {"t": now_ms + 2 * HOUR_S * 1_000, "v": 0})  # two hours, by itself
    waiting = "SELECT count(*) FROM quarantine WHERE replayed_at IS NULL"
    with (
        Broker(scratch_dir / "broker") as broker,
        IngestProcess(tmp_path, migrated_url, broker.url) as ingest,
    ):
        ingest.ready()
        publish(broker.host, broker.port, [*right, fast])
        wait_until(lambda: rows(migrated_url, waiting) == [(READINGS + 1,)], "it is not refused")
        assert rows(migrated_url, "SELECT count(*) FROM reading") == [(0,)]
        set_wall_clock(wrong_s, 0)
        wait_until(lambda: rows(migrated_url, waiting) == [(1,)], "it is not tried again")
        assert rows(migrated_url, "SELECT count(*) FROM reading") == [(READINGS,)]
        assert f"put forward by {HOUR_S} s" in ingest.log
        assert ingest.stop() == 0
    assert rows(
        migrated_url, "SELECT DISTINCT reason FROM quarantine WHERE replayed_at IS NULL"
    ) == [("stamp_in_future",)]
