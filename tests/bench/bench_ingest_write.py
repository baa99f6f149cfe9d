"""Rows committed with exact rollups and `latest`, against COPY into the same keyed hypertable."""

import asyncio
import time

import asyncpg
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.batch import Batch
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.database.staging import copy_rows
from ingest.database.writer import write
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.columns import Rows
from ingest.decoding.site_snapshot import Plant
from ingest.quality.memory import Memory
from tests.bench.load import EPOCH_MS, POINTS

BATCH_ROWS = 5_000
BATCHES = 300
WARM_UP_BATCHES = 10
DATABASE_TIMEOUT_S = 60.0
SECOND_US = 1_000_000
CATCH_UP_S = 10_000  # of each point, one after the other


def _rows(plant: Plant, number: NDArray[np.int64], second: NDArray[np.int64]) -> Rows:
    ids = np.array(sorted(plant.topics.points.values()), np.int32)
    rows = Rows(
        point_id=ids[number],
        ts_us=EPOCH_MS * 1000 + second * SECOND_US,
        value=100 + np.arange(len(number)) % 977 / 7,
        status=np.zeros(len(number), np.int16),
        qc=np.ones(len(number), np.int16),
        checks=np.zeros(len(number), np.int32),
        received_us=EPOCH_MS * 1000 + second * SECOND_US,
        source=np.zeros(len(number), np.int32),
    )
    return rows.take(np.lexsort((rows.ts_us, rows.point_id)))


def _live(plant: Plant, batch: int) -> Rows:
    """All points in turn, once a second."""
    row = np.arange(batch * BATCH_ROWS, (batch + 1) * BATCH_ROWS)
    return _rows(plant, row % len(POINTS), row // len(POINTS))


def _catch_up(plant: Plant, batch: int) -> Rows:
    """Point after point, each with what it has missed."""
    row = np.arange(batch * BATCH_ROWS, (batch + 1) * BATCH_ROWS)
    return _rows(plant, row // CATCH_UP_S, row % CATCH_UP_S)


async def _copy(connection: asyncpg.Connection, rows: Rows) -> None:
    async with connection.transaction():
        await copy_rows(connection, "reading", rows)


@pytest.mark.parametrize(("order", "target"), [(_live, 0.35), (_catch_up, 0.6)])
def test_rows_with_rollups_against_plain_copy(order, target, plant_url, second_plant_url) -> None:
    async def run() -> tuple[float, float]:
        plain = await connect(second_plant_url, DATABASE_TIMEOUT_S)
        ours = await connect(plant_url, DATABASE_TIMEOUT_S)
        plant = await load(ours, DEFAULT_LIMITS)
        plain_s = ours_s = 0.0
        memory = Memory()
        for batch in range(BATCHES):
            rows = order(plant, batch)
            began_s = time.monotonic()
            await _copy(plain, rows)
            between_s = time.monotonic()
            counts = await write(ours, Batch((), plant, rows, (), 0), memory)
            assert counts.committed == BATCH_ROWS
            if batch >= WARM_UP_BATCHES:
                plain_s += between_s - began_s
                ours_s += time.monotonic() - between_s
        await plain.close()
        await ours.close()
        rows_count = (BATCHES - WARM_UP_BATCHES) * BATCH_ROWS
        return rows_count / plain_s, rows_count / ours_s

    copied, committed = asyncio.run(run())
    print(
        f"\ncommitted in batches of {BATCH_ROWS}, {len(POINTS)} points, order{order.__name__}:"
        f"\n  COPY into the keyed hypertable, no rollups      {copied:10,.0f} rows a second   1.00"
        f"\n  with rollups by 5 min, hour and day, `latest`   {committed:10,.0f} rows a second"
        f"   {committed / copied:.2f}   (target {target})"
    )
    assert committed / copied >= target
