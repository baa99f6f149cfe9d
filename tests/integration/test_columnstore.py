"""What only the community edition has: the columnstore is on, and nothing in it is out of reach."""

import random

import psycopg
import pytest

from ingest.decoding.message import Message
from tests.fixtures.command_line import virtaama
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import write_batches
from tests.integration.test_rollups import RECEIVED, assert_rollups_equal_the_raw

FIRST_MS = 1_780_000_000_000
COMPRESS = """
SELECT compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass)
FROM timescaledb_information.chunks WHERE NOT is_compressed
"""


@pytest.fixture
def community_url(migrated_url: str) -> str:
    with psycopg.connect(migrated_url) as connection:
        if connection.execute("SHOW timescaledb.license").fetchone() != ("timescale",):
            pytest.skip("the server is of the Apache edition, which has no columnstore")
    return migrated_url


def _readings(moments: list[int]) -> list[Message]:
    return [
        Message("fi/main/flow", f'{{"t": {FIRST_MS + ms}, "v": {ms % 97}}}'.encode(), RECEIVED)
        for ms in moments
    ]


def test_late_readings_and_repeats_reach_what_is_in_the_columnstore(
    community_url: str, chance: random.Random
) -> None:
    add_points(community_url, {"flow": NO_BOUNDS}, site="fi")
    first = list(range(0, 86_400_000 * 3, 60_000))
    write_batches(community_url, [_readings(first)])
    with psycopg.connect(community_url, autocommit=True) as connection:
        assert len(connection.execute(COMPRESS.encode()).fetchall()) >= 3
    late = [ms + 30_000 for ms in chance.sample(first, 500)]
    repeats = chance.sample(first, 500)
    counts = write_batches(community_url, [_readings(late + repeats)])
    assert (counts.committed, counts.duplicates, counts.quarantined) == (500, 500, 0)
    with psycopg.connect(community_url) as connection:
        assert_rollups_equal_the_raw(connection)


def test_readings_and_rollups_go_to_the_columnstore_and_nothing_is_dropped(
    community_url: str,
) -> None:
    with psycopg.connect(community_url) as connection:
        jobs = connection.execute(
            "SELECT hypertable_name, proc_name FROM timescaledb_information.jobs"
            " WHERE hypertable_name IS NOT NULL ORDER BY 1"
        ).fetchall()
    tables = ("reading", "rollup_1h", "rollup_5m")
    assert jobs == [(table, "policy_compression") for table in tables]


def test_a_recheck_reaches_what_is_in_the_columnstore(community_url: str) -> None:
    add_points(community_url, {"flow": (0, 100, None, None), "level": NO_BOUNDS}, site="fi")
    write_batches(community_url, [_readings(list(range(0, 86_400_000 * 3, 60_000)))])
    with psycopg.connect(community_url, autocommit=True) as connection:
        assert len(connection.execute(COMPRESS.encode()).fetchall()) >= 3
        connection.execute("UPDATE point_definition SET typical_lo = 10, typical_hi = 90")
        connection.execute(
            "SELECT ask_recheck(array_agg(point_id), '-infinity', NULL, 'Maija', 'why') FROM point"
        )
    answer = virtaama("recheck", "--resume", database_url=community_url)
    assert answer.code == 0, answer.err
    with psycopg.connect(community_url) as connection:
        (changed,) = connection.execute("SELECT changed FROM recheck").fetchone()
        outside = "SELECT count(*) FROM reading WHERE (value < 10 OR value > 90) = (qc = 3)"
        assert connection.execute(outside).fetchone() == (4320,)
        assert 0 < changed < 4320
        assert_rollups_equal_the_raw(connection)
