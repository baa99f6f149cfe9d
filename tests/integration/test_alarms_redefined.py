"""What the alarms process takes up at a change of definitions equals what a restart would load."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import asyncpg
import psycopg

from ingest.alarms.clock import Clock
from ingest.alarms.follower import Follower
from ingest.alarms.tally import Tally
from ingest.database.connection import connect
from tests.fixtures.alarm_plant import SECOND_US, AlarmPlant

T = 1_764_000_000 * SECOND_US
POINTS = ("a", "b", "c", "unit")
ROUNDS = 12


def _follower(connection: asyncpg.Connection, now_us: list[int]) -> Follower:
    clock = Clock(lambda: now_us[0], lambda: now_us[0])
    return Follower(connection, clock, Tally(), portion_limit_commits=200, late_after_s=60)


def _seen(follower: Follower) -> dict[str, Any]:
    """Return all that decides about what comes next."""
    board = follower.board
    return {
        "points": (board.points, board.leading),
        "order": {point: {a.alarm_id for a in board.of_point(point)} for point in board.points},
        "alarms": {
            alarm.alarm_id: (
                *(alarm.definition, alarm.standing, alarm.aside, alarm.occurrence),
                *(alarm.detector.is_on, alarm.detector.pending_us, alarm.detector.last_us),
            )
            for alarm in board
        },
        "due": board.due_us(),
    }


def _redefine(plant: AlarmPlant, chance: random.Random, key: str, second: int) -> None:
    if chance.random() < 0.2:
        plant.ask(
            "INSERT INTO alarm_definition (alarm_id, valid_from)"
            " SELECT alarm_id, to_timestamp(%s) FROM alarm WHERE key = %s",
            (T / SECOND_US + second, key),
        )
        return
    point = chance.choice(POINTS[:3])
    suppression = chance.choice(
        ({}, {"cause": ["alarm-0"]}, {"stopped": {"point": "main/unit", "codes": [0]}})
    )
    plant.define(
        key,
        {"watch": "value", "point": f"main/{point}", "above": chance.choice((2.0, 4.0))},
        delay_on_s=chance.choice((0, 30)),
        suppression=suppression if key != "alarm-0" else {},
        valid_from=datetime.fromtimestamp(T // SECOND_US + second, UTC).isoformat(),
    )


def test_what_a_change_of_definitions_leaves_equals_a_full_load(
    migrated_url: str, chance: random.Random
) -> None:
    plant = AlarmPlant(migrated_url)
    for point in POINTS:
        plant.point(point)
    now_us = [T]

    async def follow(follower: Follower) -> None:
        while await follower.step():
            pass

    async def run() -> None:
        connection, other = [await connect(plant.url, 30, name="test") for _ in range(2)]
        kept, fresh = _follower(connection, now_us), _follower(other, now_us)
        await kept.load()
        for round_ in range(ROUNDS):
            at_us = now_us[0] = T + (round_ + 1) * 20 * SECOND_US
            readings = [(point, at_us, chance.choice((0.0, 3.0, 5.0))) for point in POINTS]
            await asyncio.to_thread(plant.read, *readings, committed_us=at_us)
            await follow(kept)
            for number in chance.sample(range(6), 2):
                await asyncio.to_thread(_redefine, plant, chance, f"alarm-{number}", round_)
            await kept.redefine()
            await fresh.load()
            assert _seen(kept) == _seen(fresh), f"round {round_}"
            await follow(kept)
        connection.terminate()
        other.terminate()

    asyncio.run(run())


def test_an_alarm_that_is_taken_out_of_use_ends_when_its_definition_did(migrated_url: str) -> None:
    plant = AlarmPlant(migrated_url)
    plant.point("a")
    plant.define("alarm-0", {"watch": "value", "point": "main/a", "above": 2.0})
    plant.read(("a", T, 5.0), committed_us=T)
    ended_s = T // SECOND_US + 40

    async def run() -> None:
        connection = await connect(plant.url, 30, name="test")
        follower = _follower(connection, [T + 60 * SECOND_US])
        await follower.load()
        while await follower.step():
            pass
        assert next(iter(follower.board)).standing.is_active
        await asyncio.to_thread(
            plant.ask,
            "INSERT INTO alarm_definition (alarm_id, valid_from)"
            " SELECT alarm_id, to_timestamp(%s) FROM alarm",
            (ended_s,),
        )
        await follower.redefine()
        connection.terminate()

    asyncio.run(run())
    with psycopg.connect(migrated_url) as owner:
        ends = owner.execute(
            "SELECT extract(epoch FROM cleared_at)::int8, extract(epoch FROM at)::int8"
            " FROM alarm_occurrence JOIN alarm_event USING (occurrence) WHERE kind = 'cleared'"
        ).fetchall()
    assert ends == [(ended_s, ended_s)]
