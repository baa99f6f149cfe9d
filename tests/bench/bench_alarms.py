"""From publish to alarm with many definitions, as the database's own commit times tell it."""

import sys
from pathlib import Path

import psycopg
import pytest

from deploy.stack.broker import Broker
from tests.bench.load import POINTS, BareClient, Committed, Consumer, ingest

RATE = 2_000
SECONDS = 25
WARM_UP_S = 5  # the first chunks are made and the first plans
DEFINITIONS = 5_000
MOVING = 50  # the others watch and never come
P99_LIMIT_S = 1.0
MEMORY_LIMIT_BYTES = 200_000_000
DEFINE = """
WITH new AS (
    INSERT INTO alarm (site_id, key) SELECT 1, 'a' || n FROM generate_series(1, %(definitions)s) n
    RETURNING alarm_id, substr(key, 2)::int AS n
), defined AS (
    INSERT INTO alarm_definition (alarm_id, valid_from, name, priority, class, condition,
    suppression,
        delay_on_s, delay_off_s, is_latching)
    SELECT alarm_id, '-infinity', '{"en": "a"}', 'low', 'process', jsonb_build_object(
               'watch', 'value', 'point', 'main/p' || lpad((n %% %(points)s)::text, 4, '0'),
               'above', CASE WHEN n <= %(moving)s THEN 170 ELSE 10000 END), '{}', 0, 0, false
    FROM new RETURNING alarm_id, valid_from, condition
)
INSERT INTO alarm_point
SELECT alarm_id, valid_from, point_id FROM defined JOIN point p
ON 'main/' || p.key = condition->>'point'
"""
QUANTILES = """
SELECT count(*), percentile_cont(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY
    extract(epoch FROM pg_xact_commit_timestamp(xmin) - at)::float8) FROM alarm_event
WHERE at > (SELECT min(at) FROM alarm_event) + %s * INTERVAL '1 second'
"""

STORED = """
SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY
    extract(epoch FROM pg_xact_commit_timestamp(xmin) - ts)::float8) FROM reading
WHERE ts > (SELECT min(ts) FROM reading) + %s * INTERVAL '1 second'
"""


@pytest.fixture
def watched_url(timed_url: str) -> str:
    """The same database with alarms."""
    with psycopg.connect(timed_url) as connection:
        connection.execute(
            DEFINE.encode(),
            {"definitions": DEFINITIONS, "points": len(POINTS), "moving": MOVING},
        )
    return timed_url


def test_publish_to_alarm(
    tmp_path: Path, watched_url: str, roomy_broker: Broker, bare: BareClient
) -> None:
    folder = tmp_path / "alarms"
    folder.mkdir()
    command = [sys.executable, "-m", "deploy.cli", "alarms"]
    with (
        ingest(tmp_path, watched_url, roomy_broker, "bench") as service,
        Consumer(folder, command, {"VIRTAAMA_DATABASE_URL": watched_url}) as alarms,
        Committed(watched_url) as committed,
    ):
        service.says("subscribe:")
        alarms.says(f"load: {DEFINITIONS} alarms")
        idle_cpu_s = alarms.cpu_s
        bare.publish(RATE * SECONDS, rate=RATE, epoch_ms=0)
        committed.wait_for(RATE * SECONDS)
        share = (alarms.cpu_s - idle_cpu_s) / SECONDS
        memory_bytes = alarms.memory_bytes
    with psycopg.connect(watched_url) as connection:
        row = connection.execute(QUANTILES, (WARM_UP_S,)).fetchone()
        stored = connection.execute(STORED, (WARM_UP_S,)).fetchone()
    assert row is not None
    assert stored is not None
    count, (median_s, p99_s, worst_s) = row[0], map(float, row[1])
    print(
        f"\npublish to alarm at {RATE:,} readings a second, {DEFINITIONS:,} definitions,"
        f"\n{count:,} entries in the journal from second {WARM_UP_S} to {SECONDS}:"
        f"\n  median {median_s * 1000:.0f} ms, 99th percentile {p99_s * 1000:.0f} ms"
        f" (limit {P99_LIMIT_S * 1000:.0f}), worst {worst_s * 1000:.0f} ms"
        f"\n  of that until readings were stored: 99th percentile {stored[0] * 1000:.0f} ms"
        f"\n  memory {memory_bytes / 1e6:.0f} MB (limit {MEMORY_LIMIT_BYTES / 1e6:.0f}),"
        f" {share:.2f} processors"
    )
    assert count > MOVING
    assert p99_s < P99_LIMIT_S
    assert memory_bytes < MEMORY_LIMIT_BYTES
