"""A unit that changes: nothing that was read before it wears the new one."""

import asyncio
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from dashboard.analysis.series import BucketSeries, RawSeries
from dashboard.analysis.window import Window
from dashboard.store import history
from dashboard.store.plant import read_plant
from ingest.batch import prepare
from ingest.database.bisect import write_judged
from ingest.database.connection import connect
from ingest.database.plant_loader import load as load_plant
from ingest.decoding.acceptance import DEFAULT_LIMITS as LIMITS
from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from ingest.pipeline.backfill import backfill
from ingest.pipeline.quarantine_replay import replay
from ingest.quality.memory import Memory
from schemas.errors import SiteFileError
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import wait_until
from tests.fixtures.site_files import SITE_TOML, edited, without, written
from tests.fixtures.viewing import bind, viewing
from tests.fixtures.writing import write_batches

CHANGE = datetime(2026, 11, 24, 9, 17, 30, tzinfo=UTC)  # in the middle of a minute, an hour, a day
LOADED = CHANGE + timedelta(minutes=90)
UNIT, NEW_UNIT = 'unit = "m3/h"', 'unit = "L/s"\nsince = 2026-11-24T09:17:30Z'
BOUNDS = "range = [0, 100]\ntypical = [10, 90]"
LEVEL = "\nchecks = { flat_after_s = false }"  # the flow of these tests is level
WIDE = "range = [0, 1000]\ntypical = [10, 900]" + LEVEL
NARROW = "range = [0, 300]\ntypical = [3, 250]" + LEVEL
BEFORE = edited((BOUNDS, WIDE))
AFTER = edited((BOUNDS, NARROW), (UNIT, NEW_UNIT))
PUMP = SITE_TOML[
    SITE_TOML.index('[[point]]\nkey = "pump"') : SITE_TOML.index('[[point]]\nkey = "pressure"')
]
FLOW = SITE_TOML[
    SITE_TOML.index('[[point]]\nkey = "flow"') : SITE_TOML.index('[[point]]\nkey = "pump"')
]
HELSINKI = ZoneInfo("Europe/Helsinki")
FLOW_M3_H, FLOW_L_S = 360.0, 100.0
ROLLUPS = """
    SELECT r.bucket, r.n, r.n_used, r.n_good, r.sum, r.sum_good, r.min, r.max, r.first, r.last,
           r.first_ts, r.last_ts
    FROM rollup_{span} r JOIN point p USING (point_id) WHERE p.key = 'flow' ORDER BY r.bucket
"""
STEPS = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1), "1d": timedelta(days=1)}


class Plant:
    """The small plant in a database; loaded, written to and looked at."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._folder = url, folder

    def load(self, text: str, now: datetime) -> None:
        load(self.url, read(written(self._folder, text)), now=now)

    def send(self, readings: Iterable[tuple[datetime, float]]) -> None:
        backfill(self.url, [_message(at, value) for at, value in readings])

    def rollups(self, span: str) -> list[tuple]:
        return rows(self.url, ROLLUPS.format(span=span))


@pytest.fixture
def plant(migrated_url: str, tmp_path: Path) -> Plant:
    found = Plant(migrated_url, tmp_path)
    found.load(BEFORE, CHANGE - timedelta(days=9))
    return found


def _message(at: datetime, value: float) -> Message:
    payload = json.dumps({"t": round(at.timestamp() * 1000), "v": value}).encode()
    return Message("pump/main/flow", payload, microseconds(at))


def _level(start: datetime, end: datetime, step_s: int = 20) -> list[tuple[datetime, float]]:
    """Return a flow that never changes, each reading in the unit of its time."""
    count = round((end - start).total_seconds() / step_s)
    moments = [start + timedelta(seconds=step_s * number) for number in range(count)]
    return [(at, FLOW_M3_H if at < CHANGE else FLOW_L_S) for at in moments]


def _check_level(plant: Plant, count: int) -> None:
    """Check that each bucket is level in the unit that was in force at its begin."""
    for span, step in STEPS.items():
        found = plant.rollups(span)
        assert sum(row[1] for row in found) == count
        for bucket, n, n_used, n_good, total, total_good, *values in found:
            flow = FLOW_M3_H if bucket < CHANGE else FLOW_L_S
            assert n == n_used == n_good
            assert values[:4] == pytest.approx([flow] * 4)
            assert [total / n, total_good / n] == pytest.approx([flow] * 2)
            assert bucket <= values[4] <= values[5] < bucket + step


def test_a_level_flow_is_level_in_every_rollup_after_a_change_that_counts_from_earlier(
    plant: Plant,
) -> None:
    sent = _level(CHANGE - timedelta(hours=2), LOADED)
    plant.send(sent)
    plant.load(AFTER, LOADED)
    _check_level(plant, len(sent))


def test_a_level_flow_stays_level_while_readings_of_both_units_come_late(plant: Plant) -> None:
    sent = _level(CHANGE - timedelta(hours=2), LOADED + timedelta(hours=3))
    plant.send(sent[::3])
    plant.load(AFTER, LOADED)
    plant.send(sent[1::3])
    plant.send(sent[2::3])
    _check_level(plant, len(sent))


def test_a_batch_that_waits_while_the_unit_changes_is_judged_by_the_new_one(plant: Plant) -> None:
    sent = _level(CHANGE - timedelta(hours=1), LOADED)

    async def work() -> None:
        connection = await connect(plant.url, 60.0)
        batch = prepare([_message(*one) for one in sent], await load_plant(connection, LIMITS))
        await asyncio.to_thread(plant.load, AFTER, LOADED)
        counts = await write_judged(connection, batch, LIMITS, Memory())
        await connection.close()
        assert counts.committed == len(sent)

    asyncio.run(work())
    _check_level(plant, len(sent))


def test_the_day_of_a_change_is_right_while_readings_stream_in(plant: Plant) -> None:
    sent = _level(CHANGE - timedelta(hours=1), LOADED, step_s=10)
    batches = [[_message(*one) for one in sent[first::60]] for first in range(60)]
    with ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(write_batches, plant.url, batches[half::2]) for half in range(2)]
        wait_until(lambda: len(plant.rollups("1d")) == 1, "nothing is stored")
        plant.load(AFTER, LOADED)
        assert any(half.running() for half in halves), "the load came too late to disturb"
        committed = sum(half.result().committed for half in halves)
    assert committed == len(sent)
    _check_level(plant, len(sent))


def test_two_changes_on_one_day_are_both_counted_in_the_unit_of_the_morning(plant: Plant) -> None:
    sent = _level(CHANGE - timedelta(hours=2), LOADED)
    plant.send(sent)
    plant.load(AFTER, LOADED)
    again = AFTER.replace(NEW_UNIT, 'unit = "m3/d"').replace(NARROW, "range = [0, 9000]")
    plant.load(again, LOADED)
    more = [(LOADED + timedelta(seconds=20 * number), 24 * FLOW_M3_H) for number in range(30)]
    plant.send(more)
    ((_, n, _, _, total, _, low, high, first, last, *_),) = plant.rollups("1d")
    assert n == len(sent) + len(more)
    assert [total / n, low, high, first, last] == pytest.approx([FLOW_M3_H] * 5)


def test_a_late_reading_is_judged_by_the_range_of_its_own_time(plant: Plant) -> None:
    plant.load(AFTER, LOADED)
    plant.send([(CHANGE - timedelta(seconds=1), 360.0), (CHANGE, 360.0), (LOADED, 100.0)])
    found = rows(plant.url, "SELECT value, qc FROM reading ORDER BY ts")
    assert found == [(360.0, 1), (360.0, 4), (100.0, 1)]  # 360 l/s is beyond the new range


def test_a_late_reading_is_converted_to_the_unit_of_its_own_time(plant: Plant) -> None:
    pressure = 'kind = "measurement"\nunit = "bar"'
    since = 'kind = "measurement"\nunit = "kPa"\nsince = 2026-11-24T09:17:30Z'
    plant.load(edited((pressure, since)), LOADED)
    local = ("2026-11-24 11:10:00", "2026-11-24 13:10:00")  # before and after the load, in Helsinki
    messages = [
        Message(
            "gateway/ro-7/values",
            json.dumps({"time": clock, "feed": {"pressure": 14.5037737730}}).encode(),
            microseconds(LOADED + timedelta(hours=2)),
        )
        for clock in local
    ]
    backfill(plant.url, messages)
    found = [value for (value,) in rows(plant.url, "SELECT value FROM reading ORDER BY ts")]
    assert found == pytest.approx([1.0, 100.0])


def test_what_a_mapping_converts_changes_its_unit_with_the_load_and_not_before(
    plant: Plant,
) -> None:
    pressure = 'kind = "measurement"\nunit = "bar"'
    since = 'kind = "measurement"\nunit = "kPa"\nsince = 2026-11-24T09:17:30Z'
    plant.load(edited((pressure, since)), LOADED)
    found = rows(
        plant.url,
        "SELECT d.unit, NULLIF(d.valid_from, '-infinity') FROM point_definition d"
        " JOIN point p USING (point_id) WHERE p.key = 'pressure' ORDER BY d.valid_from",
    )
    assert found == [("bar", None), ("kPa", LOADED)]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (UNIT, 'unit = "mg/L"', "the unit was m3/h and would be mg/L, which is another quantity"),
        (UNIT, 'unit = "m3{n}/h"', "which is another quantity"),
        (UNIT, f'{UNIT}\nspecies = "NO3"', "counted as N and would be as NO3"),
    ],
)
def test_another_quantity_under_the_same_key_is_refused(
    plant: Plant, old: str, new: str, sentence: str
) -> None:
    plant.load(BEFORE.replace(UNIT, f'{UNIT}\nspecies = "N"'), CHANGE)
    with pytest.raises(SiteFileError) as caught:
        plant.load(BEFORE.replace(old, new), LOADED)
    (problem,) = caught.value.problems
    assert problem.startswith("definition main/flow: ")
    assert sentence in problem
    assert "another key" in problem


def test_a_name_is_kept_for_those_who_no_longer_see_the_present(plant: Plant) -> None:
    with psycopg.connect(plant.url) as connection:
        connection.execute("INSERT INTO viewer VALUES ('past', 'Past')")
        connection.execute(
            "INSERT INTO point_grant SELECT 'past', point_id, '2026-01-01Z', %s FROM point",
            (CHANGE,),
        )
    for minute, tag in enumerate(("ONE", "TWO", "THREE"), start=1):
        plant.load(
            BEFORE.replace('tag = "JV-FT-205"', f'tag = "{tag}"'),
            CHANGE + timedelta(minutes=2 * minute - 3),
        )
    with psycopg.connect(plant.url) as connection:
        for viewer, tag in (("past", "ONE"), ("operator", "THREE")):
            bind(connection, viewer)
            found = connection.execute("SELECT tag FROM visible.point WHERE key = 'flow'")
            assert found.fetchall() == [(tag,)]


def _shown(plant: Plant, window: Window) -> history.Series:
    """Return the flow as a chart of `window` gets it."""
    with viewing(plant.url) as connection:
        (flow,) = (
            point
            for point in read_plant(connection, datetime.now(UTC), "pump").points.values()
            if point.key == "flow"
        )
        return history.series(connection, [flow], window, HELSINKI, 1_300.0)[flow.point_id]


@pytest.mark.parametrize("width", [timedelta(hours=2), timedelta(days=3), timedelta(days=300)])
def test_a_level_flow_is_a_level_line_across_a_change_at_every_zoom(
    plant: Plant, width: timedelta
) -> None:
    plant.send(_level(CHANGE - timedelta(hours=4), LOADED))
    plant.load(AFTER, LOADED)
    found = _shown(plant, Window(CHANGE - width / 2, CHANGE + width / 2))
    values = (
        [found.value]
        if isinstance(found, RawSeries)
        else [found.mean, found.mean_good, found.low, found.high, found.first, found.last]
    )
    for column in values:
        assert column.size
        assert column == pytest.approx(FLOW_L_S)


def test_merged_hours_across_a_change_keep_their_count_and_their_mean(plant: Plant) -> None:
    sent = _level(CHANGE - timedelta(hours=9), LOADED + timedelta(hours=9), step_s=60)
    plant.send(sent)
    plant.load(AFTER, LOADED)
    found = _shown(plant, Window(CHANGE - timedelta(days=100), CHANGE + timedelta(days=100)))
    assert isinstance(found, BucketSeries)
    assert found.resolution.step_s > 3_600
    assert np.unique(found.x_ms).size == found.x_ms.size
    assert found.n.sum() == found.n_used.sum() == len(sent)
    assert found.mean == pytest.approx(FLOW_L_S)


def test_a_limit_of_before_is_converted_with_the_values(plant: Plant) -> None:
    plant.load(AFTER, LOADED)
    plant.load(AFTER.replace("value = 80", "value = 25"), LOADED + timedelta(days=1))
    with viewing(plant.url) as connection:
        found = read_plant(connection, datetime.now(UTC), "pump")
    flow = found.points["main/flow"]
    before, after = found.limits[flow.point_id]
    assert before.value == pytest.approx(80 / 3.6)
    assert after.value == 25
    assert before.end_ms == after.start_ms == (LOADED + timedelta(days=1)).timestamp() * 1000
    assert found.limits_in_force(flow) == [after]


def test_a_retired_point_is_kept_apart_with_its_date(plant: Plant) -> None:
    plant.load(without("[[limit_set]]", text=edited()).replace(PUMP, ""), LOADED)
    with viewing(plant.url) as connection:
        found = read_plant(connection, datetime.now(UTC), "pump")
    assert set(found.points) == {"main/flow", "ro/pressure"}
    assert [(path, point.retired_at) for path, point in found.retired.items()] == [
        ("main/pump", LOADED)
    ]


def test_a_replay_from_quarantine_judges_by_the_definition_of_the_readings_time(
    plant: Plant,
) -> None:
    less = BEFORE.replace(FLOW.replace(BOUNDS, WIDE), "")
    less = less.replace('points = ["ro/pressure", "main/flow"]', "")
    plant.load(without("[[limit_set]]", text=less), CHANGE - timedelta(hours=3))
    sent = _level(CHANGE - timedelta(hours=1), CHANGE + timedelta(hours=1))
    plant.send(sent)
    assert rows(plant.url, "SELECT count(*) FROM reading") == [(0,)]
    plant.load(AFTER, LOADED)
    assert replay(plant.url).counts.committed == len(sent)
    assert rows(plant.url, "SELECT DISTINCT qc FROM reading") == [(1,)]
    _check_level(plant, len(sent))
