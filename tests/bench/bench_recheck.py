"""What live batches wait for while a recheck of history runs in the same process."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import asyncpg
import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from ingest.batch import Batch
from ingest.database.bisect import write_judged
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.columns import Rows, bare_rows
from ingest.decoding.site_snapshot import Plant
from ingest.quality.memory import Memory
from ingest.quality.range_checks import checked
from ingest.recheck.worker import Worker
from schemas.check_rule import CheckRule

DATABASE_TIMEOUT_S = 60.0
SECOND_US = 1_000_000
NOW_US = 1_790_000_000 * SECOND_US
HISTORY_POINTS, HISTORY_READINGS, HISTORY_STEP_S = 40, 12_000, 10
LIVE_BATCH_ROWS, LIVE_INTERVAL_S, LIVE_BATCHES = 400, 0.2, 100
TARGET = 2.0
OLD = CheckRule(flat_after_s=10_800, flat_within=0.001, spike=50, gap_after_s=60)
NEW = replace(OLD, spike=5)
"""One reading in a hundred becomes a spike."""


def _history(ids: np.ndarray, chance: np.random.Generator) -> Rows:
    ts_us = NOW_US - SECOND_US * HISTORY_STEP_S * np.arange(HISTORY_READINGS, 0, -1)
    value = 100 + chance.normal(0, 1, len(ids) * HISTORY_READINGS)
    value += 20 * (chance.random(len(value)) < 0.01)
    return bare_rows(np.repeat(ids, HISTORY_READINGS), np.tile(ts_us, len(ids)), value)


def _live(ids: np.ndarray, batch: int, chance: np.random.Generator) -> Rows:
    """All points in turn, once a second at 2 000 readings a second."""
    row = np.arange(batch * LIVE_BATCH_ROWS, (batch + 1) * LIVE_BATCH_ROWS)
    ts_us = NOW_US + row // len(ids) * SECOND_US
    rows = bare_rows(ids[row % len(ids)], ts_us, 100 + chance.normal(0, 1, len(row)))
    return rows.take(np.lexsort((rows.ts_us, rows.point_id)))


async def _write(connection: asyncpg.Connection, plant: Plant, rows: Rows, memory: Memory) -> None:
    batch = Batch((), plant, checked(rows, plant.points), (), 0)
    counts = await write_judged(connection, batch, DEFAULT_LIMITS, memory)
    assert counts.committed == len(rows)


async def _waits_s(
    connection: asyncpg.Connection, plant: Plant, memory: Memory, first: int
) -> np.ndarray:
    """Write batches when they are due; return how long after that each was committed."""
    chance, ids = np.random.default_rng(first), np.array(sorted(plant.topics.points.values()))
    found = []
    due_s = time.monotonic()
    for batch in range(first, first + LIVE_BATCHES):
        due_s += LIVE_INTERVAL_S
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        await _write(connection, plant, _live(ids.astype(np.int32), batch, chance), memory)
        found.append(time.monotonic() - due_s)
    return np.array(found)


def test_live_readings_keep_their_pace_beside_a_recheck(plant_url: str) -> None:
    rules = "UPDATE point_definition SET checks = %s"
    asked = "SELECT ask_recheck(%s, '2000-01-01Z', NULL, 'bench', 'bench')"
    progress = "SELECT looked_at, changed, finished_at IS NOT NULL FROM recheck"

    async def run() -> tuple[np.ndarray, np.ndarray]:
        connection = await connect(plant_url, DATABASE_TIMEOUT_S)
        plant, memory = await load(connection, DEFAULT_LIMITS), Memory()
        ids = np.array(sorted(plant.topics.points.values()), np.int32)[:HISTORY_POINTS]
        for part in np.array_split(ids, 10):
            await _write(connection, plant, _history(part, np.random.default_rng(1)), memory)
        await _waits_s(connection, plant, memory, 0)
        alone = await _waits_s(connection, plant, memory, LIVE_BATCHES)
        with psycopg.connect(plant_url) as owner:
            owner.execute(rules, (Jsonb(NEW.as_json()),))
        plant = await load(connection, DEFAULT_LIMITS)
        worker = Worker(plant_url, timeout_s=DATABASE_TIMEOUT_S, retry_limit_s=1.0)
        working = asyncio.create_task(worker.run())
        # With another rule nothing is remembered: the readings around are asked for once.
        await _waits_s(connection, plant, memory, 2 * LIVE_BATCHES)
        with psycopg.connect(plant_url) as owner:
            owner.execute(asked, (ids.tolist(),))
        beside = await _waits_s(connection, plant, memory, 3 * LIVE_BATCHES)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await connection.close()
        return alone, beside

    with psycopg.connect(plant_url) as owner:
        owner.execute(rules, (Jsonb(OLD.as_json()),))
    alone, beside = asyncio.run(run())
    with psycopg.connect(plant_url) as owner:
        looked_at, changed, is_done = owner.execute(progress).fetchone() or (0, 0, False)
    p50, p99 = np.quantile(beside, [0.5, 0.99]) * 1000
    alone50, alone99 = np.quantile(alone, [0.5, 0.99]) * 1000
    took_s = LIVE_BATCHES * LIVE_INTERVAL_S
    print(
        f"\nbatches of {LIVE_BATCH_ROWS} every {LIVE_INTERVAL_S:g} s, due to committed:"
        f"\n  alone             median {alone50:4.0f} ms, 99th percentile {alone99:4.0f} ms"
        f"\n  beside a recheck  median {p50:4.0f} ms, 99th percentile {p99:4.0f} ms"
        f"   {p99 / alone99:.2f} times (target {TARGET})"
        f"\n  which looked at {looked_at:,} readings in {took_s:.0f} s and changed {changed:,}"
        f"{', and was done' if is_done else ''}"
    )
    assert looked_at > 0
    assert p99 / alone99 <= TARGET
