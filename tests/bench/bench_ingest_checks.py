"""Rows committed with the checks of neighbours, against the same rows without them."""

import asyncio
import time
from dataclasses import asdict

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from ingest.batch import Batch
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.database.writer import write
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.columns import Rows
from ingest.decoding.site_snapshot import Plant
from ingest.quality.memory import Memory
from ingest.quality.range_checks import checked
from schemas.check_rule import CheckRule
from tests.bench.load import EPOCH_MS, POINTS

BATCH_ROWS = 5_000
BATCHES = 150
WARM_UP_BATCHES = 10
TARGET = 0.8
DATABASE_TIMEOUT_S = 60.0
SECOND_US = 1_000_000
STUCK_EVERY = 10  # a tenth of the signals stays flat
RULE = CheckRule(
    flat_after_s=60,
    flat_within=0.001,
    attenuated_after_s=90,
    attenuated_within=0.01,
    spike=50,
    rate_per_min=1000,
    gap_after_s=30,
    late_after_s=600,
)


def _rows(plant: Plant, batch: int, chance: np.random.Generator) -> Rows:
    """All points in turn, once a second, with noise."""
    ids = np.array(sorted(plant.topics.points.values()), np.int32)
    row = np.arange(batch * BATCH_ROWS, (batch + 1) * BATCH_ROWS)
    number, ts_us = row % len(POINTS), EPOCH_MS * 1000 + row // len(POINTS) * SECOND_US
    noise = np.where(number % STUCK_EVERY, chance.normal(0, 1, BATCH_ROWS), 0.0)
    nothing = np.zeros(BATCH_ROWS, np.int16)
    rows = Rows(
        *(ids[number], ts_us, 100 + noise, nothing, nothing, nothing.astype(np.int32), ts_us),
        nothing.astype(np.int32),
    )
    return rows.take(np.lexsort((rows.ts_us, rows.point_id)))


def test_the_checks_cost_less_than_a_fifth_of_the_rate(plant_url, second_plant_url) -> None:
    with psycopg.connect(plant_url) as connection:
        connection.execute("UPDATE point_definition SET checks = %s", (Jsonb(asdict(RULE)),))

    async def run() -> list[float]:
        sides = []
        for url in (plant_url, second_plant_url):
            connection = await connect(url, DATABASE_TIMEOUT_S)
            plant = await load(connection, DEFAULT_LIMITS)
            sides.append((connection, plant, Memory(), np.random.default_rng(1)))
        took_s = [0.0, 0.0]
        for batch in range(BATCHES):
            for side, (connection, plant, memory, chance) in enumerate(sides):
                rows = _rows(plant, batch, chance)
                began_s = time.monotonic()
                rows = checked(rows, plant.points)
                counts = await write(connection, Batch((), plant, rows, (), 0), memory)
                assert counts.committed == BATCH_ROWS
                if batch >= WARM_UP_BATCHES:
                    took_s[side] += time.monotonic() - began_s
        for connection, *_ in sides:
            await connection.close()
        return took_s

    with_s, without_s = asyncio.run(run())
    count = (BATCHES - WARM_UP_BATCHES) * BATCH_ROWS
    print(
        f"\ncommitted in batches of {BATCH_ROWS}, {len(POINTS)} points:"
        f"\n  without the checks of neighbours {count / without_s:10,.0f} rows a second   1.00"
        f"\n  with them                        {count / with_s:10,.0f} rows a second"
        f"   {without_s / with_s:.2f}   (target {TARGET})"
    )
    assert without_s / with_s >= TARGET
