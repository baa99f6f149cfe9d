"""Alarms under blows (P13): no transition missed, none twice, none invented.

Readings are committed all the while; what the alarms should be is computed from what is stored.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.stack.timescale import TimescaleServer
from ingest.alarms.detector import Detector, Sample
from schemas.alarm.condition import Condition, Watch
from tests.fixtures.alarm_plant import AlarmPlant, AlarmsProcess
from tests.fixtures.service_process import wait_until
from tests.fixtures.stack import cloned

POINTS = 8
LIMIT, DEADBAND = 3.0, 0.5
KILLS = 4
SERVER_KILLS = 2
PAUSE_S = 0.05
AT_WORK_MAX_S = 0.5  # from when it works to the next blow
AWAY_COMMITS = 15
COMMITS_MIN = 80  # so that there is something to miss, however soon all is over

READINGS = """
SELECT p.key, (extract(epoch FROM ts) * 1000000)::bigint, value FROM reading JOIN point p USING
(point_id) ORDER BY p.key, ts
"""
REPEATED = """
SELECT alarm_id, kind, at FROM alarm_event WHERE kind IN ('raised', 'cleared')
GROUP BY alarm_id, kind, at HAVING count(*) > 1
"""
UNEVEN = """
SELECT o.occurrence FROM alarm_occurrence o LEFT JOIN alarm_event e USING (occurrence)
GROUP BY o.occurrence
HAVING count(*) FILTER (WHERE e.kind = 'raised') <> 1
    OR count(*) FILTER (WHERE e.kind = 'cleared') <> (o.cleared_at IS NOT NULL)::int
"""
POSITION = """
SELECT (SELECT position FROM follower WHERE name = 'alarms') = newest FROM change_count
"""


@pytest.fixture
def plant(migrated_url: str) -> AlarmPlant:
    return _watched(migrated_url)


@pytest.fixture
def plant_of_server(server: TimescaleServer, _template: str) -> Iterator[AlarmPlant]:
    """The same on a server that a test may kill."""
    for url in cloned(server, _template):
        yield _watched(url)


def _watched(url: str) -> AlarmPlant:
    plant = AlarmPlant(url)
    for number in range(POINTS):
        key = f"p{number}"
        condition = {"watch": "value", "point": f"main/{key}", "above": LIMIT, "deadband": DEADBAND}
        plant.define(key, condition)
    return plant


@contextmanager
def _readings(
    plant: AlarmPlant, chance: random.Random, *, disordered: bool = False
) -> Iterator[None]:
    """Commit readings until the end of the block; disordered ones also late and repeated."""
    told, errors = threading.Event(), []

    def commit() -> None:
        waiting: list[tuple[str, int, float]] = []
        while not told.is_set():
            now_us = time.time_ns() // 1000
            waiting += [
                (f"p{n}", now_us + n, chance.choice((1.0, 2.7, 5.0)))
                for n in chance.sample(range(POINTS), 6)
            ]
            if disordered:
                chance.shuffle(waiting)
                batch, waiting = waiting[:5], waiting[5:]
            else:
                batch, waiting = waiting, []
            try:
                plant.read(*batch)
                if disordered and chance.random() < 0.3:
                    plant.read(*batch)
            except psycopg.OperationalError:
                waiting = [*batch, *waiting]  # as the ingest keeps what it could not commit
            told.wait(PAUSE_S)
        if waiting:
            plant.read(*waiting)

    def guarded() -> None:
        try:
            commit()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        yield
        wait_until(lambda: _noted(plant) >= COMMITS_MIN, "too little was committed")
    finally:
        told.set()
        thread.join()
    assert not errors, errors


def _expected(plant: AlarmPlant) -> set[tuple[str, int, int | None]]:
    """Return key, begin and end of each occurrence that is in the stored readings."""
    found: dict[str, list[list[int | None]]] = {}
    detectors: dict[str, Detector] = {}
    for key, at_us, value in plant.ask(READINGS):
        condition = Condition(Watch.VALUE, key, above=LIMIT, deadband=DEADBAND)
        detector = detectors.setdefault(key, Detector(condition))
        for change in detector.observe(Sample(at_us, value, 1)):
            if change.is_on:
                found.setdefault(key, []).append([change.at_us, None])
            else:
                found[key][-1][1] = change.at_us
    return {(key, a, b) for key, spans in found.items() for a, b in spans if a is not None}


def _killed(plant: AlarmPlant, process: AlarmsProcess) -> None:
    process.kill()
    process.start()


def _noted(plant: AlarmPlant) -> int:
    return int(plant.ask("SELECT newest FROM change_count")[0][0])


def _cut_off(plant: AlarmPlant, process: AlarmsProcess) -> None:
    plant.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'virtaama alarms' AND datname = current_database()"
    )


def _away_for_a_while(plant: AlarmPlant, process: AlarmsProcess) -> None:
    process.kill()
    until = _noted(plant) + AWAY_COMMITS
    wait_until(lambda: _noted(plant) >= until, "nothing was committed meanwhile")
    process.start()


def _server_killed(server: TimescaleServer) -> None:
    server.kill()
    server.start()


Blow = Callable[[AlarmPlant, AlarmsProcess], None]


def _strike(
    plant: AlarmPlant, process: AlarmsProcess, blows: Sequence[Blow], chance: random.Random
) -> None:
    """Strike a process, each time at another moment of its work."""
    for blow in blows:
        time.sleep(chance.uniform(0, AT_WORK_MAX_S))
        known = len(process.log)
        blow(plant, process)
        process.says_anew("load:", known)


def test_blows_lose_no_alarm_and_raise_none_twice(
    plant: AlarmPlant, tmp_path: Path, chance: random.Random
) -> None:
    blows = [*[_killed] * KILLS, *[_cut_off] * KILLS, *[_away_for_a_while] * 2]
    chance.shuffle(blows)
    with AlarmsProcess(tmp_path, plant.url).ready_as_context() as process:
        with _readings(plant, random.Random(chance.random())):
            _strike(plant, process, blows, chance)
        wait_until(lambda: plant.ask(POSITION) == [(True,)], "it did not follow to the end")
    _assert_exact(plant)


def test_a_server_that_is_killed_loses_no_alarm_and_raises_none_twice(
    plant_of_server: AlarmPlant, server: TimescaleServer, tmp_path: Path, chance: random.Random
) -> None:
    plant = plant_of_server
    blows: list[Blow] = [lambda *_: _server_killed(server)] * SERVER_KILLS
    with AlarmsProcess(tmp_path, plant.url).ready_as_context() as process:
        with _readings(plant, random.Random(chance.random())):
            _strike(plant, process, blows, chance)
            until = _noted(plant) + AWAY_COMMITS
            wait_until(lambda: _noted(plant) >= until, "nothing was committed afterwards")
        wait_until(lambda: plant.ask(POSITION) == [(True,)], "it did not follow to the end")
    _assert_exact(plant)


def test_two_processes_by_mistake_move_each_alarm_once(
    plant: AlarmPlant, tmp_path: Path, chance: random.Random
) -> None:
    with (
        AlarmsProcess(tmp_path, plant.url, "one").ready_as_context() as one,
        AlarmsProcess(tmp_path, plant.url, "two") as two,
    ):
        with _readings(plant, chance):
            wait_until(lambda: "standby" in two.log, "the second one did not stand by")
            time.sleep(1)
            one.kill()  # the other one takes over
            wait_until(lambda: "load:" in two.log, "it did not take over")
            one.start()
            time.sleep(1)
            two.kill()
        wait_until(lambda: plant.ask(POSITION) == [(True,)], "it did not follow to the end")
    _assert_exact(plant)


def _assert_exact(plant: AlarmPlant) -> None:
    expected = _expected(plant)
    assert len(expected) > 20
    assert set(plant.occurrences()) == expected
    assert plant.ask(REPEATED) == []
    assert plant.ask(UNEVEN) == []


@pytest.mark.exhaustive
def test_late_repeated_and_disordered_readings_under_kills(
    plant: AlarmPlant, tmp_path: Path, chance: random.Random
) -> None:
    with AlarmsProcess(tmp_path, plant.url).ready_as_context() as process:
        with _readings(plant, random.Random(chance.random()), disordered=True):
            _strike(plant, process, [_killed] * KILLS, chance)
        wait_until(lambda: plant.ask(POSITION) == [(True,)], "it did not follow to the end")
    recorded, expected = plant.occurrences(), _expected(plant)
    assert len(expected) > 20
    missed = [each for each in expected if not any(_touch(each, other) for other in recorded)]
    assert missed == []
    above = {(key, at) for key, at, value in plant.ask(READINGS) if value > LIMIT}
    # A late reading may move where an occurrence began; none begins without a value above the
    # limit.
    ends = {(key, cleared) for key, _, cleared in recorded}
    assert [each for each in recorded if each[:2] not in above | ends] == []
    assert plant.ask(UNEVEN) == []


def _touch(one: tuple[str, int, int | None], other: tuple[str, int, int | None]) -> bool:
    end = 2**62
    return one[0] == other[0] and one[1] <= (other[2] or end) and other[1] <= (one[2] or end)
