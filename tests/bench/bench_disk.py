"""Bytes that a reading costs on the disk, with rollups and indexes, in the edition that runs.

A year of 200 points every 10 seconds is 630 million readings. Measured are 50 points for six hours,
written as the live service writes them, a batch for each round of the points; and, where there is a
columnstore, 20 points for 28 days that go into it at once. The year is made from both: what is not
in the columnstore yet is half a chunk, and what waits before it. What a chunk costs beside its rows
weighs more here than in the year.
"""

import asyncio
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest

from ingest.batch import Batch
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.database.writer import write
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.columns import Rows
from ingest.decoding.timestamps import microseconds
from ingest.quality.memory import Memory
from tests.fixtures.points import NO_BOUNDS, add_points

POINTS = 50
LIVE_S = 6 * 3_600
STORED_POINTS, STORED_DAYS = 20, 28
YEAR_S = 365 * 86_400
LIMIT_BYTES = {"apache": 120.0, "timescale": 20.0}
FIRST = datetime(2026, 8, 6, tzinfo=UTC)  # begins with a chunk of each width
# Half a chunk, and what waits before the columnstore takes it, in days.
OPEN_DAYS = {"reading": 3.5 + 7, "rollup_5m": 14 + 30, "rollup_1h": 45 + 30}
# A value that wanders, with two decimals, as an instrument sends it.
STORED = """
INSERT INTO reading
SELECT p, ts, round((50 + 20 * sin(extract(epoch FROM ts) / 20000 + p) + random())::numeric, 2),
       0, 1, 0, ts + random() * INTERVAL '1 s'
FROM generate_series(%(first)s, %(first)s + %(days)s * INTERVAL '1 day' - INTERVAL '1 s',
                     %(interval_s)s * INTERVAL '1 s') ts, generate_series(1, %(points)s) p
"""
ROLLUP = """
INSERT INTO {rollup}
SELECT point_id, time_bucket('{width}', ts), count(*), count(*), count(*), sum(value), sum(value),
       min(value), max(value), first(value, ts), min(ts), last(value, ts), max(ts)
FROM reading GROUP BY 1, 2
"""
COMPRESS = """
SELECT compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass)
FROM timescaledb_information.chunks
"""


def _live(url: str, interval_s: int) -> dict[str, float]:
    """Return bytes for each reading, by table, as the live service leaves them."""
    ids = np.array(
        sorted(
            add_points(url, dict.fromkeys((f"p{n}" for n in range(POINTS)), NO_BOUNDS)).values()
        ),
        np.int32,
    )

    async def run() -> int:
        connection = await connect(url, 60.0)
        plant = await load(connection, DEFAULT_LIMITS)
        rounds = range(0, LIVE_S, interval_s)
        for second in rounds:
            await write(connection, Batch((), plant, _round(ids, second), (), 0), Memory())
        await connection.close()
        return len(rounds) * POINTS

    return _bytes(url, asyncio.run(run()))


def _round(ids: np.ndarray, second: int) -> Rows:
    ts_us = np.full(POINTS, microseconds(FIRST) + second * 1_000_000)
    return Rows(
        point_id=ids,
        ts_us=ts_us + ids,
        value=np.round(50 + ids + second % 997 / 7, 2),
        status=np.zeros(POINTS, np.int16),
        qc=np.ones(POINTS, np.int16),
        checks=np.zeros(POINTS, np.int32),
        received_us=ts_us + 500_000,
        source=np.zeros(POINTS, np.int32),
    )


def _stored(url: str, interval_s: int) -> dict[str, float]:
    """Return bytes for each reading, by table, in the columnstore."""
    asked = {
        "first": FIRST,
        "days": STORED_DAYS,
        "interval_s": interval_s,
        "points": STORED_POINTS,
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE reading, rollup_5m, rollup_1h")
        connection.execute(STORED.encode(), asked)
        for rollup, width in (("rollup_5m", "5 minutes"), ("rollup_1h", "1 hour")):
            connection.execute(ROLLUP.format(rollup=rollup, width=width).encode())
        connection.execute(COMPRESS.encode())
    return _bytes(url, STORED_DAYS * 86_400 // interval_s * STORED_POINTS)


def _bytes(url: str, readings: int) -> dict[str, float]:
    found = {}
    with psycopg.connect(url, autocommit=True) as connection:
        for table in ("reading", "rollup_5m", "rollup_1h"):
            row = connection.execute("SELECT hypertable_size(%s)", (table,)).fetchone()
            assert row is not None
            found[table] = row[0] / readings
    return found


@pytest.mark.parametrize("interval_s", [10, 60])
def test_what_a_year_of_readings_costs(interval_s: int, migrated_url: str) -> None:
    with psycopg.connect(migrated_url) as connection:
        row = connection.execute("SHOW timescaledb.license").fetchone()
    assert row is not None
    edition = row[0]
    live = _live(migrated_url, interval_s)
    year = live
    if edition == "timescale":
        stored = _stored(migrated_url, interval_s)
        year = {
            table: (stored[table] * (365 - days) + live[table] * days) / 365
            for table, days in OPEN_DAYS.items()
        }
    readings = 200 * YEAR_S // interval_s
    print(f"\n{edition}, a reading every {interval_s} s, bytes a reading:")
    for table, size in year.items():
        print(f"  {table:10}{live[table]:8.1f} as written{size:8.1f} over a year")
    total = sum(year.values())
    print(f"  all       {total:8.1f}; 200 points for a year {total * readings / 1e9:,.1f} GB")
    if interval_s == 10:
        assert total <= LIMIT_BYTES[edition]
