"""Two probes of one thing: both judged together, in whatever order their readings come."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import asdict

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ingest.batch import prepare
from ingest.database.bisect import write_judged
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.quality.memory import Memory
from ingest.recheck import slices
from ingest.recheck.judge import Judge
from ingest.recheck.pair_follower import follow_pairs
from schemas.check_rule import Beside, CheckRule
from schemas.quality import Check
from tests.fixtures.ingest_process import rows
from tests.fixtures.plants import us
from tests.fixtures.points import add_points
from tests.fixtures.series import BEGIN_MS, Reading, disordered, messages_of, stretches
from tests.integration.test_rollups import LATEST, NEWEST, assert_rollups_equal_the_raw

RECEIVED = us("2026-11-24T12:00:00Z")
TIMEOUT_S = 60.0
RULE = CheckRule(gap_after_s=40, spike=50, beside=Beside("main/b", 1.0, 0.0, 120.0, 30.0))
MARKED = """
SELECT (extract(epoch FROM r.ts) * 1000)::bigint FROM reading r JOIN point p USING (point_id)
WHERE p.key = 'a' AND r.checks & %s <> 0 AND r.qc = 3 ORDER BY 1
"""


@pytest.fixture
def url(migrated_url: str) -> str:
    add_points(migrated_url, dict.fromkeys("ab", (0, 100, None, None)), site="fi")
    with psycopg.connect(migrated_url) as connection:
        connection.execute(
            "UPDATE point_definition d SET checks = %s FROM point p"
            " WHERE p.point_id = d.point_id AND p.key = 'a'",
            (Jsonb(asdict(RULE)),),
        )
    return migrated_url


def _series(chance: random.Random) -> list[Reading]:
    """Return two probes that agree, and now and then do not for a while."""
    found: list[Reading] = []
    apart = 0.0
    for n in range(400):
        if chance.random() < 0.05:
            apart = chance.choice([0.0, 3.0, -3.0])
        t = BEGIN_MS + 10_000 * n
        if chance.random() < 0.95:
            found.append(("a", t, 50.0 + apart))
        if chance.random() < 0.8:
            found.append(("b", t + chance.choice([-2_000, 0, 3_000]), 50.0))
    return found


def _expected(series: Sequence[Reading]) -> list[int]:
    """Return the stamps that are marked, by every stretch: slow and simple."""
    own = sorted((t, v) for key, t, v in series if key == "a" and v is not None)
    other = sorted((t, v) for key, t, v in series if key == "b" and v is not None)
    differs = []
    for t, v in own:
        before = [each for each in other if t - 30_000 <= each[0] <= t]
        differs.append(bool(before) and abs(v - before[-1][1]) > 1.0)
    return stretches([t for t, _ in own], differs, after=120_000, pause=40_000)


async def _write_and_follow(url: str, batches: Sequence[list[Message]], chance) -> None:
    writer, own = await connect(url, TIMEOUT_S), await connect(url, TIMEOUT_S)
    plant, memory = await load(own, DEFAULT_LIMITS), Memory()
    judge = Judge(plant)
    await follow_pairs(own, judge, RECEIVED)
    for batch in batches:
        await write_judged(writer, prepare(batch, plant), DEFAULT_LIMITS, memory)
        if chance.random() < 0.3:
            await follow_pairs(own, judge, RECEIVED)
    while (await own.fetchval("SELECT newest FROM change_count")) > (
        await own.fetchval("SELECT position FROM follower WHERE name = 'plausible pairs'")
    ):
        await follow_pairs(own, judge, RECEIVED)
    await writer.close()
    await own.close()


@pytest.mark.parametrize("disorder", [0, 30, 1000])
def test_what_a_pair_says_does_not_depend_on_the_order_of_arrival(
    url, monkeypatch, disorder, chance: random.Random
) -> None:
    series = _series(chance)
    while len(_expected(series)) < 50:
        series = _series(chance)
    messages = disordered(messages_of(series, "fi/main", RECEIVED), disorder, chance)
    monkeypatch.setattr(slices, "SLICE_LIMIT_READINGS", chance.choice([50, 5000]))
    batches = [messages[n : n + 15] for n in range(0, len(messages), 15)]
    asyncio.run(_write_and_follow(url, batches, chance))
    assert [t for (t,) in rows(url, MARKED, int(Check.PLAUSIBLE_PAIR))] == _expected(series)
    with psycopg.connect(url) as connection:
        assert_rollups_equal_the_raw(connection)
        assert connection.execute(LATEST).fetchall() == connection.execute(NEWEST).fetchall()


def test_what_was_there_before_is_left_to_a_recheck_and_what_was_missed_is_judged(url) -> None:
    series = [
        (key, BEGIN_MS + 10_000 * n, 60.0 if key == "a" else 50.0)
        for n in range(40)
        for key in "ab"
    ]

    async def work() -> None:
        connection = await connect(url, TIMEOUT_S)
        plant = await load(connection, DEFAULT_LIMITS)
        batch = prepare(messages_of(series, "fi/main", RECEIVED), plant)
        await write_judged(connection, batch, DEFAULT_LIMITS, Memory())
        await follow_pairs(connection, Judge(plant), RECEIVED)
        assert rows(url, MARKED, int(Check.PLAUSIBLE_PAIR)) == []
        later = [(key, t + 1_000_000, v) for key, t, v in series]
        batch = prepare(messages_of(later, "fi/main", RECEIVED), plant)
        await write_judged(connection, batch, DEFAULT_LIMITS, Memory())
        rows(url, "DELETE FROM change RETURNING 1")
        await follow_pairs(connection, Judge(plant), RECEIVED)
        await connection.close()

    asyncio.run(work())
    assert len(rows(url, MARKED, int(Check.PLAUSIBLE_PAIR))) == 80
