"""Days begin where the clocks of a site say so, also in rollups that are made anew."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from ingest.pipeline.backfill import backfill
from tests.fixtures.ingest_process import rows
from tests.fixtures.points import NO_BOUNDS, add_points

# When clocks change: at midnight, which is then missing or comes twice; and half an hour at two.
CHANGES = {
    "Atlantic/Azores": ("2025-03-30T01:00Z", "2025-10-26T01:00Z"),
    "America/Santiago": ("2025-04-06T03:00Z", "2025-09-07T04:00Z"),
    "America/Havana": ("2025-03-09T05:00Z", "2025-11-02T05:00Z"),
    "Africa/Cairo": ("2025-04-24T22:00Z", "2025-10-30T21:00Z"),
    "Australia/Lord_Howe": ("2025-04-05T15:00Z", "2025-10-04T15:30Z"),
}
STEP = timedelta(minutes=30)
RECEIVED_US = microseconds(datetime(2026, 1, 1, tzinfo=UTC))
DAYS = """
    SELECT s.time_zone, d.bucket, d.n, d.sum FROM rollup_1d d JOIN point USING (point_id)
    JOIN line USING (line_id) JOIN site s USING (site_id) ORDER BY 1, 2
"""


def test_days_that_are_made_anew_are_those_of_the_clocks_of_the_site(migrated_url: str) -> None:
    sites = {zone: f"s{number}" for number, zone in enumerate(CHANGES)}
    ids, messages = {}, []
    for zone, site in sites.items():
        ids[zone] = add_points(migrated_url, {"a": NO_BOUNDS}, site=site, zone=zone)["a"]
        for change in map(datetime.fromisoformat, CHANGES[zone]):
            for number in range(-96, 96):
                body = {"t": (change + number * STEP).isoformat(), "v": number}
                messages.append(Message(f"{site}/main/a", json.dumps(body).encode(), RECEIVED_US))
    backfill(migrated_url, messages)
    before = rows(migrated_url, DAYS)
    for zone, bucket, *_ in before:
        day = bucket.astimezone(ZoneInfo(zone)).date()
        assert (bucket - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).date() < day
    with psycopg.connect(migrated_url) as connection:
        for zone, changes in CHANGES.items():
            for change in map(datetime.fromisoformat, changes):
                span = [ids[zone]], [change - timedelta(hours=1)], [change + timedelta(hours=2)]
                connection.execute("SELECT rebuild_buckets(%s, %s, %s)", span)
    assert rows(migrated_url, DAYS) == before
