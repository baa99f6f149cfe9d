"""The verdict of a reading is the same whatever way its neighbours came."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import asdict
from functools import reduce
from operator import or_

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ingest.batch import prepare
from ingest.database import looks
from ingest.database.bisect import write_judged
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.quality.memory import Memory
from schemas.check_rule import CheckRule
from schemas.quality import OF_SERIES, Check
from tests.fixtures.ingest_process import rows
from tests.fixtures.plants import us
from tests.fixtures.points import add_points
from tests.fixtures.series import (
    BEGIN_MS,
    Reading,
    disordered,
    expected_checks,
    messages_of,
    random_series,
)
from tests.integration.test_rollups import NEWEST, assert_rollups_equal_the_raw

RECEIVED = us("2026-11-24T12:00:00Z")
TIMEOUT_S = 60.0
KEYS = ("a", "b", "c")
RULE = CheckRule(
    flat_after_s=60,
    flat_within=0.2,
    attenuated_after_s=100,
    attenuated_within=0.5,
    spike=8,
    rate_per_min=10,
    gap_after_s=12,
    burst_under_s=1,
    zero_after_s=80,
    coarse_after_s=90,
    coarse_within=4,
)
STORED = """
    SELECT p.key, (extract(epoch FROM r.ts) * 1000)::bigint, r.checks
    FROM reading r JOIN point p USING (point_id) ORDER BY 1, 2
"""


@pytest.fixture
def url(migrated_url: str) -> str:
    add_points(migrated_url, dict.fromkeys(KEYS, (0, 100, None, None)), site="fi")
    with psycopg.connect(migrated_url) as connection:
        connection.execute("UPDATE point_definition SET checks = %s", (Jsonb(asdict(RULE)),))
    return migrated_url


async def _write(url: str, batches: Sequence[Sequence[Message]], chance: random.Random) -> None:
    """Write batches over two connections in turn, and now and then over a new one."""
    connections = [await connect(url, TIMEOUT_S), await connect(url, TIMEOUT_S)]
    memories = [Memory(), Memory()]
    plant = await load(connections[0], DEFAULT_LIMITS)
    for batch in batches:
        which = int(chance.random() < 0.2)
        if chance.random() < 0.1:
            memories[which] = Memory()
        await write_judged(
            connections[which], prepare(batch, plant), DEFAULT_LIMITS, memories[which]
        )
    for connection in connections:
        await connection.close()


def _fires_everything(series: Sequence[Reading]) -> bool:
    fired = reduce(or_, expected_checks(series, RULE, 0, 100).values())
    return fired & OF_SERIES == OF_SERIES


@pytest.mark.parametrize(
    ("disorder", "stored_limit_rows"),
    [(0, 100_000), (3, 100_000), (40, -1_000_000), (1000, 100_000), (1000, -1_000_000)],
)
def test_flags_rollups_and_latest_do_not_depend_on_the_order_of_arrival(
    url, disorder, stored_limit_rows, monkeypatch, chance: random.Random
) -> None:
    monkeypatch.setattr(looks, "STORED_LIMIT_ROWS", stored_limit_rows)
    series = random_series(chance, KEYS, 900)
    while not _fires_everything(series):
        series = random_series(chance, KEYS, 900)
    messages = disordered(messages_of(series, "fi/main", RECEIVED), disorder, chance)
    for one in chance.choices(messages, k=60):  # what the broker sends again
        messages.insert(chance.randrange(len(messages)), one)
    batches = []
    while messages:
        size = chance.choice([1, 1, 3, 20, 80])
        batches.append(messages[:size])
        messages = messages[size:]
    asyncio.run(_write(url, batches, chance))
    wanted = expected_checks(series, RULE, 0, 100)
    found = {(key, t): checks for key, t, checks in rows(url, STORED)}
    assert found.keys() == wanted.keys()
    assert {k: Check(v) for k, v in found.items() if v != wanted[k]} == {}
    with psycopg.connect(url) as connection:
        assert_rollups_equal_the_raw(connection)
    latest = rows(url, "SELECT point_id, ts, value, qc, checks FROM latest ORDER BY 1")
    newest = rows(url, f"SELECT point_id, ts, value, qc, checks FROM ({NEWEST}) n ORDER BY 1")
    assert latest == newest


def test_hourly_history_of_points_that_are_read_every_few_seconds_comes_in_one_commit(url) -> None:
    hours = range(-300, 0)
    series = [(key, BEGIN_MS + 3_600_000 * hour, float(hour % 7)) for hour in hours for key in KEYS]
    messages = messages_of(series, "fi/main", RECEIVED)
    once = [messages, messages]  # whoever imports a file twice
    asyncio.run(_write(url, once, random.Random(1)))
    assert rows(url, "SELECT count(*) FROM change") == [(1,)]
    found = {(key, t): checks for key, t, checks in rows(url, STORED)}
    assert found == expected_checks(series, RULE, 0, 100)
