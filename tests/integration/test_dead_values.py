"""A device that sends zeros only is dead, in whatever order its values come."""

import json
import random

import psycopg
import pytest

from ingest.decoding.message import Message
from schemas.quality import Check
from tests.fixtures.ingest_process import rows
from tests.fixtures.plants import us
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import write_batches
from tests.integration.test_rollups import assert_rollups_equal_the_raw

RECEIVED = us("2026-11-24T12:00:00Z")
T = RECEIVED // 1000 - 3_600_000
KEYS = ("flow", "ph", "level", "power")
DEAD_ROW, LIVE_ROW, STOPPED_ROW = (0, 0, 0, 0), (12, 7.1, 2.2, 5), (0, 7.1, 2.2, 0)


@pytest.fixture
def url(migrated_url: str) -> str:
    add_points(migrated_url, dict.fromkeys(KEYS, NO_BOUNDS), site="fi")
    with psycopg.connect(migrated_url) as connection:
        connection.execute(
            "UPDATE point_definition SET checks = '{\"never_zero\": true}' FROM point p"
            " WHERE p.point_id = point_definition.point_id AND p.key = 'ph'"
        )
    return migrated_url


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_all_readings_of_dead_rows_are_marked_and_no_others(
    url: str, size: int, chance: random.Random
) -> None:
    kinds = [chance.choice([DEAD_ROW, LIVE_ROW, STOPPED_ROW]) for _ in range(30)]
    messages = [
        Message(f"fi/main/{key}", json.dumps({"t": T + n * 60_000, "v": v}).encode(), RECEIVED)
        for n, kind in enumerate(kinds)
        for key, v in zip(KEYS, kind, strict=True)
    ]
    chance.shuffle(messages)
    write_batches(url, [messages[n : n + size] for n in range(0, len(messages), size)])
    dead = rows(
        url,
        "SELECT ((extract(epoch FROM ts) * 1000)::bigint - %s) / 60000, count(*), min(qc)"
        " FROM reading WHERE checks & %s <> 0 GROUP BY 1 ORDER BY 1",
        T,
        int(Check.DEAD_VALUE),
    )
    assert dead == [(n, 4, 4) for n, kind in enumerate(kinds) if kind is DEAD_ROW]
    with psycopg.connect(url) as connection:
        assert_rollups_equal_the_raw(connection)
