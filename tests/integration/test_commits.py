"""Commits are followed in their order, and rollups are made anew where readings were corrected."""

import asyncio
import json
import random

import asyncpg
import psycopg
import pytest

from ingest.database.changes import Changes, follow, move_on
from ingest.database.connection import connect
from ingest.decoding.message import Message
from tests.fixtures.ingest_process import rows
from tests.fixtures.plants import us
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import TIMEOUT_S, write_batches
from tests.integration.test_rollups import assert_rollups_equal_the_raw

RECEIVED = us("2026-11-24T12:00:00Z")
T = RECEIVED // 1000 - 3_600_000
LATEST = """
SELECT point_id, ts, value, status, qc, checks, received_at FROM latest ORDER BY point_id
"""
NEWEST = "SELECT DISTINCT ON (point_id) * FROM reading ORDER BY point_id, ts DESC"


@pytest.fixture
def url(migrated_url: str) -> str:
    add_points(migrated_url, {"flow": NO_BOUNDS, "level": NO_BOUNDS}, site="fi")
    return migrated_url


def _message(t: int, value: object, key: str = "flow") -> Message:
    return Message(f"fi/main/{key}", json.dumps({"t": t, "v": value}).encode(), RECEIVED)


def _follow(url: str, name: str = "test", limit: int = 100, *, move: bool = True) -> Changes:
    async def run() -> Changes:
        connection = await connect(url, TIMEOUT_S)
        try:
            async with connection.transaction():
                changes = await follow(connection, name, limit)
                if move:
                    await move_on(connection, name, changes.end)
                return changes
        finally:
            await connection.close()

    return asyncio.run(run())


def test_a_new_follower_is_told_that_it_has_to_look_at_everything(url: str) -> None:
    write_batches(url, [[_message(T, 1)]])
    first = _follow(url)
    assert first.is_gap
    assert not first.commits
    assert not _follow(url).is_gap


def test_each_commit_tells_the_first_and_the_last_time_of_every_point_that_it_touched(
    url: str,
) -> None:
    _follow(url)
    write_batches(
        url,
        [
            [_message(T + 5, 1), _message(T, 2), _message(T + 1, 3, "level")],
            [_message(T, 2)],  # a repeat touches nothing
            [_message(T - 9, 4)],
        ],
    )
    ids = dict(rows(url, "SELECT key, point_id FROM point"))
    changes = _follow(url)
    assert not changes.is_gap
    told = [
        dict(zip(each.point_ids, zip(each.from_us, each.to_us, strict=True), strict=True))
        for each in changes.commits
    ]
    assert told == [
        {
            ids["flow"]: (T * 1000, (T + 5) * 1000),
            ids["level"]: ((T + 1) * 1000, (T + 1) * 1000),
        },
        {ids["flow"]: ((T - 9) * 1000, (T - 9) * 1000)},
    ]
    assert _follow(url).commits == ()


def test_a_follower_that_fails_is_given_the_same_commits_again(url: str) -> None:
    _follow(url)
    write_batches(url, [[_message(T + n, n)] for n in range(5)])
    before = _follow(url, move=False)
    assert _follow(url, limit=2).commits == before.commits[:2]
    assert _follow(url).commits == before.commits[2:]


def test_a_commit_that_began_first_and_ends_last_is_not_missed(url: str) -> None:
    _follow(url)
    note = (
        "INSERT INTO change (committed_at, point_ids, from_us, to_us)"
        " VALUES (now(), %s, '{1}', '{1}')"
    )
    with psycopg.connect(url) as slow:
        slow.execute(note, ([1],))
        with psycopg.connect(url) as quick:
            quick.execute(note, ([2],))
        assert [each.point_ids for each in _follow(url).commits] == [[2]]
        slow.commit()
    assert [each.point_ids for each in _follow(url).commits] == [[1]]


def test_a_follower_that_was_away_for_weeks_learns_that_commits_are_gone(url: str) -> None:
    _follow(url)
    write_batches(url, [[_message(T, 1)]])
    rows(url, "UPDATE change SET committed_at = now() - INTERVAL '8 days' RETURNING 1")
    write_batches(url, [[_message(T + 1, 1)]])
    write_batches(url, [[_message(T + 2, 1)]])
    changes = _follow(url)
    assert changes.is_gap
    assert len(changes.commits) == 2


def test_commits_that_all_have_seen_go_and_those_that_one_has_not_stay(url: str) -> None:
    _follow(url, "one")
    _follow(url, "other")
    write_batches(url, [[_message(T + n, 1)] for n in range(4)])
    rows(url, "UPDATE change SET committed_at = now() - INTERVAL '2 hours' RETURNING 1")
    _follow(url, "one")
    write_batches(url, [[_message(T + 10 + n, 1)] for n in range(4)])
    assert rows(url, "SELECT count(*) FROM change") == [(8,)]
    _follow(url, "other")
    write_batches(url, [[_message(T + 20 + n, 1)] for n in range(4)])
    assert rows(url, "SELECT count(*) FROM change") == [(8,)]


def test_two_processes_of_one_name_do_not_work_at_once(url: str) -> None:
    async def run() -> None:
        one, other = await connect(url, TIMEOUT_S), await connect(url, TIMEOUT_S)
        try:
            await other.execute("SET lock_timeout = '100ms'")
            async with one.transaction():
                await follow(one, "test", 10)
                with pytest.raises(asyncpg.LockNotAvailableError):
                    async with other.transaction():
                        await follow(other, "test", 10)
        finally:
            await one.close()
            await other.close()

    asyncio.run(run())


def _corrected(connection: psycopg.Connection, chance: random.Random, point: int) -> list[tuple]:
    """Change and delete readings of a few stretches; return the stretches."""
    stored = [
        moment
        for (moment,) in connection.execute(
            "SELECT ts FROM reading WHERE point_id = %s ORDER BY ts", (point,)
        )
    ]
    spans = [(point, stored[-1], stored[-1])]
    for _ in range(4):
        begin = chance.randrange(len(stored))
        spans.append((point, stored[begin], stored[min(begin + 30, len(stored) - 1)]))
    for span in spans:
        connection.execute(
            "UPDATE reading SET value = value * 2 - 500, qc = (ARRAY[1, 3, 4])[1 + random() * 2]"
            " WHERE point_id = %s AND ts BETWEEN %s AND %s AND random() < 0.8",
            span,
        )
        connection.execute(
            "DELETE FROM reading WHERE point_id = %s AND ts BETWEEN %s AND %s AND random() < 0.3",
            span,
        )
    return spans


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Asia/Kolkata", "America/St_Johns"])
def test_rollups_are_exact_after_any_correction(
    migrated_url: str, zone: str, chance: random.Random
) -> None:
    ids = add_points(migrated_url, {"flow": NO_BOUNDS, "level": NO_BOUNDS}, site="fi", zone=zone)
    begin = us("2026-10-24T12:00:00Z") // 1000  # clocks change in these days
    moments = [begin + chance.randrange(9 * 86_400_000) for _ in range(3000)]
    messages = [_message(t, n, chance.choice(list(ids))) for n, t in enumerate(moments)]
    write_batches(migrated_url, [messages])
    with psycopg.connect(migrated_url) as connection:
        spans = [span for point in ids.values() for span in _corrected(connection, chance, point)]
        connection.execute(
            "SELECT rebuild_buckets(%s, %s, %s)", [list(each) for each in zip(*spans, strict=True)]
        )
        assert_rollups_equal_the_raw(connection)
        newest = connection.execute(NEWEST).fetchall()
        assert connection.execute(LATEST).fetchall() == newest
