"""From publish to commit, as the database's own commit times tell it."""

from pathlib import Path

import psycopg

from deploy.stack.broker import Broker
from tests.bench.load import BareClient, Committed, ingest

RATE = 2_000
SECONDS = 20
MEDIAN_LIMIT_S = 0.15
P99_LIMIT_S = 0.5
QUANTILES = """
SELECT percentile_cont(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY
    extract(epoch FROM pg_xact_commit_timestamp(xmin) - ts)::float8) FROM reading
"""


def test_publish_to_commit(
    tmp_path: Path, timed_url: str, roomy_broker: Broker, bare: BareClient
) -> None:
    with (
        ingest(tmp_path, timed_url, roomy_broker, "bench") as service,
        Committed(timed_url) as committed,
    ):
        service.says("subscribe:")
        bare.publish(RATE * SECONDS, rate=RATE, epoch_ms=0)
        committed.wait_for(RATE * SECONDS)
    with psycopg.connect(timed_url) as connection:
        row = connection.execute(QUANTILES).fetchone()
    assert row is not None
    median_s, p99_s, worst_s = map(float, row[0])
    print(
        f"\npublish to commit at {RATE:,} readings a second for {SECONDS} s:"
        f"\n  median {median_s * 1000:.0f} ms (limit {MEDIAN_LIMIT_S * 1000:.0f}),"
        f" 99th percentile {p99_s * 1000:.0f} ms (limit {P99_LIMIT_S * 1000:.0f}),"
        f" worst {worst_s * 1000:.0f} ms"
    )
    assert median_s < MEDIAN_LIMIT_S
    assert p99_s < P99_LIMIT_S
