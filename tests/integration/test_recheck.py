"""Stored readings are judged anew, as if they came under the new rule, whatever comes meanwhile."""

import asyncio
import gc
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

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
from ingest.recheck import slices, worker
from ingest.recheck.judge import Judge
from ingest.recheck.step import take_step
from schemas.check_rule import CheckRule
from schemas.quality import Check
from tests.fixtures.command_line import ROOT, virtaama
from tests.fixtures.ingest_process import IngestProcess, rows
from tests.fixtures.plants import us
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.quality_windows import Staff
from tests.fixtures.series import BEGIN_MS, messages_of, random_series
from tests.fixtures.service_process import wait_until
from tests.fixtures.writing import write_batches
from tests.integration.test_rollups import LATEST, NEWEST, assert_rollups_equal_the_raw

RECEIVED = us("2026-11-24T12:00:00Z")
TIMEOUT_S = 60.0
KEYS = ("a", "b", "c")
OLD = CheckRule(flat_after_s=60, flat_within=0.2, spike=2, gap_after_s=35, burst_under_s=1)
NEW = CheckRule(
    flat_after_s=40,
    flat_within=0.3,
    attenuated_after_s=100,
    attenuated_within=0.5,
    spike=4,
    rate_per_min=10,
    gap_after_s=20,
    late_after_s=10_000,
)
FLAGS = """
SELECT p.key, r.ts, r.value, r.checks, r.qc
FROM reading r JOIN point p USING (point_id) JOIN line l USING (line_id)
WHERE l.key = %s ORDER BY 1, 2
"""
NEW_RULE = """
INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display, range_lo, range_hi,
                              typical_lo, typical_hi, verified, checks)
SELECT p.point_id, to_timestamp(%s), 'measurement', 'm', 'm', 0, 90, 20, 80, false, %s
FROM point p JOIN line l USING (line_id) WHERE l.key = %s
"""


@pytest.fixture
def url(migrated_url: str) -> str:
    for line in ("main", "fresh"):
        add_points(migrated_url, dict.fromkeys(KEYS, (0, 100, None, None)), site="fi", line=line)
    with psycopg.connect(migrated_url) as connection:
        connection.execute("UPDATE point_definition SET checks = %s", (Jsonb(asdict(OLD)),))
    return migrated_url


def _change_rule(url: str, line: str, since_ms: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(NEW_RULE.encode(), (since_ms / 1000, Jsonb(asdict(NEW)), line))


def _ask(url: str, keys: Sequence[str], since_ms: int, line: str = "main") -> None:
    asked = rows(
        url,
        "SELECT ask_recheck(array_agg(point_id), to_timestamp(%s), NULL, 'Maija', 'a new rule')"
        " FROM point JOIN line USING (line_id) WHERE line.key = %s AND point.key = ANY (%s)",
        since_ms / 1000,
        line,
        list(keys),
    )
    assert asked[0][0] is not None


def _judge_badly(url: str, from_ms: int) -> None:
    """Let an engineer call a stretch of a point of both lines bad, and take another one back."""
    engineer = Staff(url, "fi")
    for (point,) in rows(url, "SELECT point_id FROM point WHERE key = 'a'"):
        for first_s, is_meant in ((0, True), (40, False)):
            starts, ends = (
                datetime.fromtimestamp(from_ms / 1000 + first_s + each, UTC) for each in (0, 90)
            )
            window = engineer.enter("bad", starts, ends, point=point)
            if not is_meant:
                engineer.change(window, starts, ends, withdrawn=True)


async def _steps(url: str) -> None:
    connection = await connect(url, TIMEOUT_S)
    judge = Judge(await load(connection, DEFAULT_LIMITS))
    while await take_step(connection, judge):
        pass
    await connection.close()


async def _steps_among(
    url: str, batches: Sequence[Sequence[Message]], chance: random.Random
) -> None:
    """Take steps over one connection while readings come over two others, each in turn."""
    own = await connect(url, TIMEOUT_S)
    writers = [(await connect(url, TIMEOUT_S), Memory()) for _ in range(2)]
    plant = await load(own, DEFAULT_LIMITS)
    judge = Judge(plant)
    waiting, is_working = list(batches), True
    while waiting or is_working:
        if waiting and chance.random() < 0.4:
            connection, memory = chance.choice(writers)
            batch = prepare(waiting.pop(), plant)
            await write_judged(connection, batch, DEFAULT_LIMITS, memory)
        else:
            is_working = await take_step(own, judge)
    for connection in (own, *(each for each, _ in writers)):
        await connection.close()


def test_flags_are_those_of_a_fresh_ingest_under_the_new_rule_whatever_comes_meanwhile(
    url, monkeypatch, chance: random.Random
) -> None:
    series = random_series(chance, KEYS, 900)
    since_ms = chance.choice(series[:500])[1]
    _change_rule(url, "fresh", since_ms)
    write_batches(url, [messages_of(series, "fi/fresh", RECEIVED)])
    stored = chance.sample(series, 750)
    late = messages_of([one for one in series if one not in stored], "fi/main", RECEIVED)
    write_batches(url, [messages_of(stored, "fi/main", RECEIVED)])
    chance.shuffle(late)
    _change_rule(url, "main", since_ms)
    before = rows(url, FLAGS, "main")
    _judge_badly(url, chance.choice(series[:500])[1])
    _ask(url, KEYS, since_ms)
    _ask(url, KEYS, since_ms, line="fresh")
    monkeypatch.setattr(slices, "SLICE_LIMIT_READINGS", chance.choice([20, 5000]))
    asyncio.run(_steps_among(url, [late[n : n + 9] for n in range(0, len(late), 9)], chance))
    found = rows(url, FLAGS, "main")
    assert found == rows(url, FLAGS, "fresh")
    assert len(set(before) - set(found)) > 100
    assert any(checks & Check.JUDGED_BAD for *_, checks, _ in found)
    done = "SELECT changed FROM recheck WHERE reason = 'a new rule' AND finished_at IS NOT NULL"
    (changed,), (unchanged,) = rows(url, f"{done} ORDER BY asked_at")
    assert changed > 50
    assert unchanged == 0
    with psycopg.connect(url) as connection:
        assert_rollups_equal_the_raw(connection)
        assert connection.execute(LATEST).fetchall() == connection.execute(NEWEST).fetchall()


def test_a_look_at_history_makes_no_objects_that_the_garbage_collector_must_look_at(url) -> None:
    """Each would bring nearer a look at all that the process has, which holds up live readings."""
    readings = [("a", BEGIN_MS + 1000 * n, 50.0 + n % 7) for n in range(900)]
    write_batches(url, [messages_of(readings, "fi/main", RECEIVED)])
    ((point_id,),) = rows(url, "SELECT DISTINCT point_id FROM reading")
    whole = slices.Slice(point_id, BEGIN_MS * 1000, (BEGIN_MS + 900_000) * 1000)

    async def look_twice() -> int:
        connection = await connect(url, TIMEOUT_S)
        judge = Judge(await load(connection, DEFAULT_LIMITS))
        collections = Counter[str]()
        count = lambda phase, info: collections.update([phase])  # noqa: E731, ARG005
        for _ in range(2):  # the first time what is asked is prepared
            thresholds = gc.get_threshold()
            gc.collect()
            collections.clear()
            gc.callbacks.append(count)
            gc.set_threshold(300, 1000, 1000)
            try:
                async with connection.transaction():
                    found = await slices.look(connection, whole, judge)
            finally:
                gc.set_threshold(*thresholds)
                gc.callbacks.remove(count)
            assert found.looked_at == len(readings)
        await connection.close()
        return collections["start"]

    assert asyncio.run(look_twice()) == 0


def test_a_step_begins_when_somebody_has_just_committed(url, monkeypatch) -> None:
    """Then the time until the next batch is free, and no live reading waits for its point."""
    readings = [("a", BEGIN_MS + 1000 * n, 85.0 + n % 2) for n in range(100)]
    write_batches(url, [messages_of(readings, "fi/main", RECEIVED)])
    _change_rule(url, "main", BEGIN_MS // 1000)
    _ask(url, ["a"], BEGIN_MS)
    monkeypatch.setattr(slices, "SLICE_LIMIT_READINGS", 30)
    monkeypatch.setattr(worker, "COMMIT_WAIT_S", TIMEOUT_S)
    monkeypatch.setattr(worker, "REST_TIMES", 0)
    looked_at = "SELECT looked_at FROM recheck"

    async def run() -> None:
        own = await connect(url, TIMEOUT_S)
        working = asyncio.create_task(worker.Worker(url, timeout_s=9.0, retry_limit_s=1.0).run())
        while await own.fetchval(looked_at) < 30:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # its own announcement would have called it
        assert await own.fetchval(looked_at) == 30
        while await own.fetchval(looked_at) < 60:
            await own.execute("SELECT pg_notify('virtaama_commit', '')")
        working.cancel()
        await asyncio.wait([working])
        await own.close()

    asyncio.run(run())


def test_followers_learn_what_a_recheck_changed_and_nothing_else(url) -> None:
    readings = [("a", BEGIN_MS + 1000 * n, 85.0 + n % 2) for n in range(100)]
    write_batches(url, [messages_of(readings, "fi/main", RECEIVED)])
    _change_rule(url, "main", BEGIN_MS // 1000 * 1000 + 50_000)
    _ask(url, KEYS, BEGIN_MS)
    newest = rows(url, "SELECT newest FROM change_count")[0][0]
    asyncio.run(_steps(url))
    noted = rows(url, "SELECT from_us, to_us FROM change WHERE change_id > %s", newest)
    changed = rows(url, "SELECT min(ts), max(ts), count(*) FROM reading WHERE qc = 3")[0]
    assert changed[2] == 50
    assert len(noted) == 1
    assert [[us(f"{at.isoformat()}")] for at in changed[:2]] == list(noted[0])


def test_a_rule_of_one_point_changes_what_its_device_sent_with_it(
    migrated_url, monkeypatch
) -> None:
    monkeypatch.setattr(slices, "MOMENTS_LIMIT_READINGS", 12)  # three moments of four points
    keys = ("flow", "ph", "level", "power")
    add_points(migrated_url, dict.fromkeys(keys, NO_BOUNDS), site="fi")
    readings = [
        (key, BEGIN_MS + n * 60_000, v)
        for n in range(30)
        for key, v in zip(keys, (0.0, 0.0 if n % 3 else 7.0, 0.0, 0.0), strict=True)
    ]
    write_batches(migrated_url, [messages_of(readings, "fi/main", RECEIVED)])
    dead = (
        "SELECT count(*), count(DISTINCT point_id), min(qc) FROM reading"
        f" WHERE checks & {Check.DEAD_VALUE:d} <> 0"
    )
    assert rows(migrated_url, dead) == [(0, 0, None)]
    with psycopg.connect(migrated_url) as connection:
        connection.execute(
            "UPDATE point_definition SET checks = '{\"never_zero\": true}' FROM point p"
            " WHERE p.point_id = point_definition.point_id AND p.key = 'ph'"
        )
    _ask(migrated_url, ["ph"], BEGIN_MS)
    asyncio.run(_steps(migrated_url))
    assert rows(migrated_url, dead) == [(80, 4, 4)]
    with psycopg.connect(migrated_url) as connection:
        assert_rollups_equal_the_raw(connection)
        assert connection.execute(LATEST).fetchall() == connection.execute(NEWEST).fetchall()


def test_what_is_calculated_is_calculated_anew(url) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE point_definition SET kind = 'calculated', formula = 'main.b' FROM point p"
            " WHERE p.point_id = point_definition.point_id AND p.key = 'a'"
        )
    _ask(url, ["a"], BEGIN_MS)
    asyncio.run(_steps(url))
    assert rows(url, "SELECT count(*) FROM calculation_due") == [(1,)]
    assert rows(url, "SELECT count(*) FROM recheck WHERE finished_at IS NOT NULL") == [(1,)]


def test_the_command_says_what_would_change_and_changes_nothing_until_it_is_told_to(url) -> None:
    readings = [(key, BEGIN_MS + 1000 * n, 85.0 + n % 2) for n in range(60) for key in KEYS]
    write_batches(url, [messages_of(readings, "fi/main", RECEIVED)])
    _change_rule(url, "main", BEGIN_MS)
    before = rows(url, FLAGS, "main")
    arguments = ("recheck", "--from", "2026-11-24", "--to", "2026-11-25", "main/a", "main/[bc]")
    answer = virtaama(*arguments, database_url=url)
    assert answer.code == 0, answer.err
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert lines[0] == "3 points from 2026-11-24 00:00:00+02:00 to 2026-11-25 00:00:00+02:00"
    assert "main/a typical_range now: good -> suspect 60" in lines
    assert "180 of 180 readings would be judged otherwise" in answer.out
    assert rows(url, FLAGS, "main") == before
    assert virtaama(*arguments, "--apply", database_url=url).code == 2
    why = ("--apply", "--reason", "the range was too wide", "--by", "Maija")
    answer = virtaama(*arguments, *why, database_url=url)
    assert answer.code == 0, answer.err
    assert "180 readings were looked at, 180 are judged otherwise now" in answer.out
    assert "none would be judged otherwise" in virtaama(*arguments, database_url=url).out
    kept = rows(url, "SELECT asked_by, reason, looked_at, changed FROM recheck")
    assert kept == [("Maija", "the range was too wide", 180, 180)]
    assert [row[:3] for row in rows(url, FLAGS, "main")] == [row[:3] for row in before]


def test_the_command_names_what_it_does_not_know(url) -> None:
    answer = virtaama("recheck", "--from", "2026-11-24", "main/x", database_url=url)
    assert answer.code == 1
    assert 'No point is called "main/x"' in answer.err
    answer = virtaama("recheck", "--from", "yesterday", database_url=url)
    assert answer.code == 2
    assert '"yesterday" is no time' in answer.err


def test_a_killed_recheck_goes_on_where_it_was(url) -> None:
    readings = [(key, BEGIN_MS + 1000 * n, 85.0 + n % 2) for n in range(60) for key in KEYS]
    write_batches(url, [messages_of(readings, "fi/main", RECEIVED)])
    _change_rule(url, "main", BEGIN_MS)
    arguments = ["recheck", "--from", "2026-11-24", "main/*", "--apply", "--reason", "a new rule"]
    environment = {**os.environ, "VIRTAAMA_DATABASE_URL": url}
    with psycopg.connect(url) as other:
        # The process will wait at the last point, in the midst of a step.
        other.execute("SELECT FROM latest ORDER BY point_id DESC LIMIT 1 FOR UPDATE")
        with subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", *arguments], env=environment, cwd=ROOT
        ) as process:
            wait_until(lambda: rows(url, "SELECT 1 FROM recheck WHERE place = 3") != [], "no step")
            process.send_signal(signal.SIGKILL)
    assert rows(url, "SELECT place, looked_at FROM recheck") == [(3, 120)]
    answer = virtaama("recheck", "--resume", database_url=url)
    assert "180 readings were looked at, 180 are judged otherwise now" in answer.out
    assert rows(url, "SELECT count(*) FROM reading WHERE qc <> 3") == [(0,)]
    assert "Nothing is unfinished" in virtaama("recheck", "--resume", database_url=url).out
    with psycopg.connect(url) as connection:
        assert_rollups_equal_the_raw(connection)


def test_the_ingest_carries_out_what_was_asked_for(url, broker, tmp_path) -> None:
    readings = [("a", BEGIN_MS + 1000 * n, 85.0 + n % 2) for n in range(60)]
    write_batches(url, [messages_of(readings, "fi/main", RECEIVED)])
    _change_rule(url, "main", BEGIN_MS)
    with IngestProcess(tmp_path, url, broker.url) as ingest:
        ingest.ready()
        _ask(url, KEYS, BEGIN_MS)
        done = "SELECT changed FROM recheck WHERE finished_at IS NOT NULL"
        wait_until(lambda: rows(url, done) != [], "it is not done")
        assert rows(url, done) == [(60,)]
        assert ingest.stop() == 0
