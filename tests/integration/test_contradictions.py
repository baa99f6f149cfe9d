"""Oxygen without air: what other points contradict is marked, in whatever order they come."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from ingest.batch import prepare
from ingest.calculation.calculator import Calculator
from ingest.calculation.tally import Tally
from ingest.database.bisect import write_judged
from ingest.database.connection import connect
from ingest.database.plant_loader import load as load_plant
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.quality.memory import Memory
from ingest.recheck.judge import Judge
from ingest.recheck.pair_follower import follow_pairs
from schemas.quality import Check
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.ingest_process import rows
from tests.fixtures.plants import us
from tests.fixtures.series import BEGIN_MS, Reading, disordered, messages_of, stretches
from tests.fixtures.site_files import written
from tests.fixtures.writing import TIMEOUT_S
from tests.integration.test_rollups import assert_rollups_equal_the_raw

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RECEIVED = us("2026-11-24T12:00:00Z")
AFTER_MS, BREAK_MS, HELD_MS, STANDS_MS = 120_000, 40_000, 20_000, 30_000
SITE = """
[site]
key = "fi"
name = { fi = "L", en = "P", sv = "V" }
time_zone = "Europe/Helsinki"

[[line]]
key = "main"
kind = "main"
name = { fi = "P", en = "M", sv = "H" }

[[point]]
key = "oxygen"
line = "main"
tag = "AT-1"
area = "IL"
name = { fi = "Happi", en = "Oxygen", sv = "Syre" }
kind = "measurement"
unit = "mg/L"
expected_interval_s = 10
[point.checks]
gap_after_s = 40
contradicted_by = { point = "main/no-air", after_s = 120, stands_s = 30 }

[[point]]
key = "air"
line = "main"
tag = "FT-1"
area = "IL"
name = { fi = "Ilma", en = "Air", sv = "Luft" }
kind = "measurement"
unit = "m3/h"
expected_interval_s = 10

[[point]]
key = "no-air"
name = { fi = "Happea ilman ilmaa", en = "Oxygen without air", sv = "Syre utan luft" }
formula = 'point("main/oxygen") > 2 "mg/L" and point("main/air") < 50 "m3/h"'
unit = "1"
"""
MARKED = """
SELECT (extract(epoch FROM r.ts) * 1000)::bigint FROM reading r JOIN point p USING (point_id)
WHERE p.key = 'oxygen' AND r.checks & %s <> 0 AND r.qc = 3 ORDER BY 1
"""
BEHIND = """
SELECT newest > (
    SELECT min(position) FROM follower WHERE name IN ('calculation', 'plausible pairs')
) FROM change_count
"""


def _series(chance: random.Random) -> list[Reading]:
    """Return oxygen that follows the air, and now and then does not for a while."""
    found: list[Reading] = []
    oxygen, air = 3.0, 900.0
    for n in range(250):
        if chance.random() < 0.06:
            oxygen, air = chance.choice([3.0, 0.2]), chance.choice([900.0, 0.0])
        t = BEGIN_MS + 10_000 * n
        if chance.random() < 0.9:
            found.append(("oxygen", t, oxygen))
        if chance.random() < 0.8:
            found.append(("air", t + chance.choice([-2_000, 0, 3_000]), air))
    return found


def _expected(series: Sequence[Reading]) -> list[int]:
    """Return the stamps that are marked, by every moment and every stretch: slow and simple."""

    def last(key: str, t: int) -> tuple[int, float]:
        return max((s, v or 0.0) for k, s, v in series if k == key and s <= t)

    holds: dict[int, bool] = {}
    for t in sorted({t for _, t, _ in series}):
        try:
            (oxygen_t, oxygen), (air_t, air) = last("oxygen", t), last("air", t)
        except ValueError:
            continue
        if t - min(oxygen_t, air_t) <= HELD_MS:
            holds[t] = oxygen > 2 and air < 50
    own = sorted(t for key, t, _ in series if key == "oxygen")
    contradicted = []
    for t in own:
        known = [s for s in holds if t - STANDS_MS <= s <= t]
        contradicted.append(bool(known) and holds[max(known)])
    return stretches(own, contradicted, after=AFTER_MS, pause=BREAK_MS)


async def _write_and_follow(
    url: str, batches: Sequence[list[Message]], chance: random.Random
) -> None:
    """Write batches while the two that follow commits take turns, until both are through."""
    writer, own = await connect(url, TIMEOUT_S), await connect(url, TIMEOUT_S)
    plant, memory = await load_plant(own, DEFAULT_LIMITS), Memory()
    judge, calculator = Judge(plant), await Calculator.load(own, Tally())
    await follow_pairs(own, judge, RECEIVED)
    for batch in batches:
        await write_judged(writer, prepare(batch, plant), DEFAULT_LIMITS, memory)
        if chance.random() < 0.4:
            await calculator.follow_commits(own)
        if chance.random() < 0.4:
            await follow_pairs(own, judge, RECEIVED)
    while await own.fetchval(BEHIND):
        await calculator.follow_commits(own)
        await follow_pairs(own, judge, RECEIVED)
    await writer.close()
    await own.close()


@pytest.mark.parametrize("disorder", [0, 40, 1000])
def test_oxygen_without_air_is_marked_whatever_comes_first(
    migrated_url: str, tmp_path: Path, disorder: int, chance: random.Random
) -> None:
    load(migrated_url, read(written(tmp_path, SITE)), now=NOW)
    series = _series(chance)
    while len(_expected(series)) < 20:
        series = _series(chance)
    messages = disordered(messages_of(series, "fi/main", RECEIVED), disorder, chance)
    batches = [messages[n : n + 25] for n in range(0, len(messages), 25)]
    asyncio.run(_write_and_follow(migrated_url, batches, chance))
    marked = [t for (t,) in rows(migrated_url, MARKED, int(Check.PLAUSIBLE_PAIR))]
    assert marked == _expected(series)
    with psycopg.connect(migrated_url) as connection:
        assert_rollups_equal_the_raw(connection)
