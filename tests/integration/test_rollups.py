"""Rollups and `latest` are what a recomputation from the raw readings gives, always."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row

from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from tests.fixtures.plants import us
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import write_batches

LIVE_POINTS = 120
RECEIVED = us("2026-11-24T12:00:00Z")
BUCKETS = {
    "rollup_5m": "date_bin('5 minutes', r.ts, '2000-01-01Z')",
    "rollup_1h": "date_trunc('hour', r.ts)",
    "rollup_1d": "date_trunc('day', r.ts AT TIME ZONE s.time_zone) AT TIME ZONE s.time_zone",
}
RECOMPUTED = """
    WITH r AS (
        SELECT r.point_id, r.ts, {bucket} AS bucket, r.value,
               r.value IS NOT NULL AND r.qc <> 4 AS used, r.value IS NOT NULL AND r.qc <= 2 AS good
        FROM reading r JOIN point USING (point_id) JOIN line USING (line_id)
        JOIN site s USING (site_id)
    )
    SELECT point_id, bucket, count(*) AS n,
           count(*) FILTER (WHERE used) AS n_used,
           count(*) FILTER (WHERE good) AS n_good,
           coalesce(sum(value) FILTER (WHERE used), 0) AS sum,
           coalesce(sum(value) FILTER (WHERE good), 0) AS sum_good,
           min(value) FILTER (WHERE used) AS min,
           max(value) FILTER (WHERE used) AS max,
           (array_agg(value ORDER BY ts) FILTER (WHERE used))[1] AS first,
           min(ts) FILTER (WHERE used) AS first_ts,
           (array_agg(value ORDER BY ts DESC) FILTER (WHERE used))[1] AS last,
           max(ts) FILTER (WHERE used) AS last_ts
    FROM r GROUP BY point_id, bucket ORDER BY point_id, bucket
"""
# The days on which clocks change, in Beirut at midnight, and two plain ones.
NIGHTS = {
    "Europe/Helsinki": ((3, 29), (10, 25), (7, 1)),
    "America/Denver": ((3, 8), (11, 1), (1, 1)),
    "Asia/Beirut": ((3, 29), (10, 24)),
}
# Hours from the start of a day to the start of the next one, and to the last reading in it.
DAY_LENGTHS = """
    SELECT p.key, (d.bucket AT TIME ZONE s.time_zone)::date::text,
           extract(epoch FROM lead(d.bucket) OVER (PARTITION BY d.point_id ORDER BY d.bucket)
                              - d.bucket) / 3600 AS hours,
           extract(epoch FROM d.last_ts - d.bucket) / 3600 AS last_hours
    FROM rollup_1d d JOIN point p USING (point_id) JOIN line USING (line_id)
    JOIN site s USING (site_id)
"""
LATEST = "SELECT point_id, ts, value, status, qc, checks, received_at FROM latest ORDER BY 1"
NEWEST = "SELECT DISTINCT ON (point_id) * FROM reading ORDER BY point_id, ts DESC"


def _random_message(chance: random.Random, keys: list[str], moments: list[datetime]) -> Message:
    """Return one reading: mostly good, sometimes out of range, missing, uncertain or bad."""
    at = chance.choice(moments) + timedelta(seconds=chance.randrange(7200))
    value: float | None = round(chance.uniform(-20, 120), chance.randrange(15))
    status = chance.choices([0, 0x4090_0000, 0x808A_0000], [8, 1, 1])[0]
    if status and chance.random() < 0.5:
        value = None
    payload = json.dumps({"t": microseconds(at) // 1000, "v": value, "s": status}).encode()
    return Message(f"{chance.choice(keys)}", payload, RECEIVED)


def _random_batches(chance: random.Random, keys: list[str], count: int) -> list[list[Message]]:
    """Return readings around midnights and clock changes, late, repeated, shuffled, cut up."""
    moments = [
        datetime(2026, *day, tzinfo=ZoneInfo(zone)) + timedelta(hours=hours)
        for zone, days in NIGHTS.items()
        for day in days
        for hours in (-2, 0, 2, 23)
    ]
    messages = [_random_message(chance, keys, moments) for _ in range(count)]
    messages += chance.choices(messages, k=count // 3)
    chance.shuffle(messages)
    batches = []
    while messages:
        size = chance.choice([1, 7, 60, 400])
        batches.append(messages[:size])
        messages = messages[size:]
    return batches


def assert_rollups_equal_the_raw(connection: psycopg.Connection) -> None:
    with connection.cursor(row_factory=dict_row) as cursor:
        for rollup, bucket in BUCKETS.items():
            wanted = cursor.execute(RECOMPUTED.format(bucket=bucket).encode()).fetchall()
            found = cursor.execute(
                f"SELECT * FROM {rollup} ORDER BY point_id, bucket".encode()
            ).fetchall()
            assert len(found) == len(wanted) > 0
            for ours, theirs in zip(found, wanted, strict=True):
                for total in ("sum", "sum_good"):
                    assert ours.pop(total) == pytest.approx(theirs.pop(total), rel=1e-9, abs=1e-9)
                assert ours == theirs, rollup


def test_rollups_and_latest_equal_a_recomputation_from_raw(
    migrated_url: str, chance: random.Random
) -> None:
    add_points(migrated_url, {"flow": (0, 100, 10, 90), "level": NO_BOUNDS}, site="fi")
    add_points(migrated_url, {"flow": (0, 100, 10, 90)}, site="us", zone="America/Denver")
    add_points(migrated_url, {"flow": (0, 100, 10, 90)}, site="lb", zone="Asia/Beirut")
    keys = ["fi/main/flow", "fi/main/level", "us/main/flow", "lb/main/flow"]
    batches = _random_batches(chance, keys, 4000)
    counts = write_batches(migrated_url, batches)
    sent = sum(map(len, batches))
    assert counts.committed + counts.duplicates + counts.quarantined == sent
    assert counts.duplicates > 500
    with psycopg.connect(migrated_url) as connection:
        stored = connection.execute("SELECT count(*) FROM reading").fetchone()
        assert stored == (counts.committed,)
        assert_rollups_equal_the_raw(connection)
        newest = connection.execute(NEWEST).fetchall()
        assert connection.execute(LATEST).fetchall() == newest


def test_days_are_the_site_s_own_and_23_or_25_hours_long_when_clocks_change(
    migrated_url: str,
) -> None:
    days = {}
    for number, (zone, nights) in enumerate(NIGHTS.items()):
        add_points(migrated_url, {f"p{number}": NO_BOUNDS}, site=f"s{number}", zone=zone)
        for month, day in nights[:2]:
            start = datetime(2026, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            hours = {3: 23, 10: 25, 11: 25}[month]
            days[f"p{number}", f"2026-{month:02}-{day:02}"] = hours
            stamps = [start + timedelta(minutes=30 * n) for n in range(2 * hours + 2)]
            messages = [
                Message(f"s{number}/main/p{number}", f'{{"t": "{at}", "v": 1}}'.encode(), RECEIVED)
                for at in map(datetime.isoformat, stamps)
            ]
            write_batches(migrated_url, [messages[::2], messages[1::2]])
    with psycopg.connect(migrated_url) as connection:
        found = {(key, day): rest for key, day, *rest in connection.execute(DAY_LENGTHS.encode())}
        for day, hours in days.items():
            assert [float(each) for each in found[day]] == [hours, hours - 0.5], day
        assert_rollups_equal_the_raw(connection)


def _live_batches(chance: random.Random, first_s: float) -> list[list[Message]]:
    """Return what many points send each second for some minutes, and a little that comes late."""
    messages = [
        Message(
            f"fi/main/p{point}", f'{{"t": {second * 1000:.0f}, "v": {point}}}'.encode(), RECEIVED
        )
        for second in np.arange(first_s, first_s + 150, 7.5).tolist()
        for point in range(LIVE_POINTS)
    ]
    batches = [messages[at : at + 360] for at in range(0, len(messages), 360)]
    for batch in batches:
        if chance.random() < 0.3:
            batch[7] = chance.choice(messages)
    return batches


def test_many_points_in_few_minutes_add_up_between_two_writers(
    migrated_url: str, chance: random.Random
) -> None:
    add_points(
        migrated_url,
        dict.fromkeys([f"p{n}" for n in range(LIVE_POINTS)], NO_BOUNDS),
        site="fi",
    )
    start_s = us("2026-11-24T10:58:30Z") / 1e6
    shares = [_live_batches(chance, start_s + offset_s) for offset_s in (0, 0.5)]
    with ThreadPoolExecutor() as pool:
        counts = list(pool.map(lambda share: write_batches(migrated_url, share), shares))
    with psycopg.connect(migrated_url) as connection:
        stored = connection.execute("SELECT count(*) FROM reading").fetchone()
        assert stored == (sum(each.committed for each in counts),)
        assert_rollups_equal_the_raw(connection)
        newest = connection.execute(NEWEST).fetchall()
        assert connection.execute(LATEST).fetchall() == newest


def test_midnight_within_an_hour_has_one_hour_and_two_days(migrated_url: str) -> None:
    add_points(migrated_url, {"flow": NO_BOUNDS}, site="in", zone="Asia/Kolkata")
    midnight_ms = us("2026-11-23T18:30:00Z") // 1000
    batch = [
        Message("in/main/flow", f'{{"t": {midnight_ms + ms}, "v": 1}}'.encode(), RECEIVED)
        for ms in (-1000, 1000)
    ]
    write_batches(migrated_url, [batch])
    with psycopg.connect(migrated_url) as connection:
        assert_rollups_equal_the_raw(connection)
        for rollup, count in (("rollup_5m", 2), ("rollup_1h", 1), ("rollup_1d", 2)):
            found = connection.execute(f"SELECT count(*) FROM {rollup}".encode()).fetchone()
            assert found == (count,), rollup


def test_writing_everything_again_changes_nothing(migrated_url: str) -> None:
    chance = random.Random(1)
    add_points(migrated_url, {"flow": (0, 100, 10, 90)}, site="fi")
    batches = _random_batches(chance, ["fi/main/flow"], 500)
    first = write_batches(migrated_url, batches)
    chance.shuffle(batches)
    again = write_batches(migrated_url, batches)
    assert again.committed == 0
    assert again.duplicates + again.quarantined == sum(map(len, batches))
    assert again.quarantined >= first.quarantined
    with psycopg.connect(migrated_url) as connection:
        assert_rollups_equal_the_raw(connection)


def test_a_late_spike_is_in_every_rollup_at_once(migrated_url: str) -> None:
    add_points(migrated_url, {"level": NO_BOUNDS}, site="fi")
    noon = us("2026-11-01T10:00:00Z")
    steady = [
        Message(
            "fi/main/level", f'{{"t": {(noon + n * 1_000_000) // 1000}, "v": 1}}'.encode(), RECEIVED
        )
        for n in range(60)
    ]
    spike = f'{{"t": {(noon + 30_500_000) // 1000}, "v": 99}}'.encode()
    write_batches(migrated_url, [steady, [Message("fi/main/level", spike, RECEIVED)]])
    with psycopg.connect(migrated_url) as connection:
        for rollup in BUCKETS:
            row = connection.execute(f"SELECT n, max, sum, last FROM {rollup}".encode()).fetchall()
            assert row == [(61, 99.0, 159.0, 1.0)], rollup
        latest = connection.execute("SELECT value, ts FROM latest").fetchall()
        assert latest == [(1.0, datetime.fromisoformat("2026-11-01T10:00:59Z"))]
