"""The process that calculates is killed at any time: nothing is missed, nothing is there twice."""

import random
import threading
import time
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.calculation_process import CalculationProcess
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import wait_until
from tests.fixtures.site_files import written
from tests.fixtures.writing import write_batches
from tests.integration.test_calculated import BEGIN, DOUBLE, NOW, SITE, message
from tests.integration.test_rollups import assert_rollups_equal_the_raw

BATCHES = 120
EXPECTED = """
    WITH flow AS (SELECT ts, value FROM reading JOIN point USING (point_id) WHERE key = 'in-flow'),
         nh4 AS (SELECT ts, value FROM reading JOIN point USING (point_id) WHERE key = 'in-nh4'),
         moments AS (SELECT ts FROM flow UNION SELECT ts FROM nh4)
    SELECT m.ts, f.value * n.value / 1000 FROM moments m
    CROSS JOIN LATERAL (
        SELECT * FROM flow WHERE ts BETWEEN m.ts - INTERVAL '20 s' AND m.ts
        ORDER BY ts DESC LIMIT 1
    ) f
    CROSS JOIN LATERAL (
        SELECT * FROM nh4 WHERE ts BETWEEN m.ts - INTERVAL '20 min' AND m.ts
        ORDER BY ts DESC LIMIT 1
    ) n
    ORDER BY 1
"""
FOUND = "SELECT ts, value FROM reading JOIN point USING (point_id) WHERE key = %s ORDER BY ts"
LAGS = "SELECT newest - position FROM change_count, follower WHERE name = 'calculation'"


def _feed(url: str, chance: random.Random, done: threading.Event) -> None:
    """Write flows in order and in between, samples sometimes late."""
    try:
        for number in range(BATCHES):
            second = 10 * number
            batch = [message("in-flow", second, chance.uniform(50, 150))]
            if number % 6 == 0:
                late_s = chance.choice([0, 0, 300, 700])
                batch.append(
                    message("in-nh4", max(0, second - late_s) + 0.5, chance.uniform(10, 50))
                )
            write_batches(url, [batch])
    finally:
        done.set()


def test_kill_9_at_any_time_neither_misses_nor_repeats(
    tmp_path: Path, migrated_url: str, chance: random.Random
) -> None:
    load(migrated_url, read(written(tmp_path, SITE + DOUBLE)), now=NOW)
    done = threading.Event()
    with CalculationProcess(tmp_path, migrated_url) as process:
        feeding = threading.Thread(target=_feed, args=(migrated_url, chance, done))
        feeding.start()
        while not done.is_set():
            time.sleep(chance.uniform(0.5, 2.0))
            process.kill()
            since = len(process.log)
            process.start()
        feeding.join()
        process.says_anew("are calculated", since)
        wait_until(
            lambda: (
                rows(migrated_url, LAGS) == [(0,)]
                and rows(migrated_url, "SELECT count(*) FROM calculation_due") == [(0,)]
            ),
            "it did not catch up",
        )
        assert process.stop() == 0
    expected = rows(migrated_url, EXPECTED)
    assert len(expected) > BATCHES / 2
    found = rows(migrated_url, FOUND, "in-load")
    assert [ts for ts, _ in found] == [ts for ts, _ in expected]
    assert [value for _, value in found] == pytest.approx([value for _, value in expected])
    twice = rows(migrated_url, FOUND, "in-double")
    assert [value for _, value in twice] == pytest.approx([value * 48 for _, value in expected])
    assert found[-1][0] >= BEGIN + timedelta(seconds=10 * (BATCHES - 1))
    with psycopg.connect(migrated_url) as connection:
        assert_rollups_equal_the_raw(connection)
