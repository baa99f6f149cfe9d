"""The state of the data, as the database tells it to whoever may see it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from dashboard.analysis.clock_offsets import ClockProblem
from dashboard.analysis.daily import day_windows
from dashboard.analysis.data_health import Problem, findings
from dashboard.store.clock_offsets import clock_offsets
from dashboard.store.data_health import DAYS, DataHealth, data_health
from dashboard.store.plant import read_plant
from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.quality_windows import Staff
from tests.fixtures.viewing import viewing
from tests.fixtures.writing import write_batches

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime.now(UTC).replace(microsecond=0)
STEP = timedelta(minutes=30)
FIRST = NOW - timedelta(days=20)
GAP = (NOW - timedelta(days=9), NOW - timedelta(days=8))


def _message(key: str, at: datetime, value: float, received: datetime | None = None) -> Message:
    payload = json.dumps({"t": microseconds(at) // 1000, "v": value})
    return Message(f"plant/main/{key}", payload.encode(), microseconds(received or at))


def _moments(until: datetime) -> Iterator[datetime]:
    at = FIRST
    while at <= until:
        if not GAP[0] <= at < GAP[1]:
            yield at
        at += STEP


@pytest.fixture(scope="module")
def health(migrated_module_url: str) -> DataHealth:
    return _health(migrated_module_url)


def _health(url: str) -> DataHealth:
    """A plant with a good point, one beyond its instrument for two days, a silent and a new one."""
    bounds = (0.0, 100.0, None, None)
    add_points(url, {"good": NO_BOUNDS, "failed": bounds, "silent": NO_BOUNDS, "new": NO_BOUNDS})
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE point_definition SET expected_interval_s = %s", (STEP.total_seconds(),)
        )
        for name, others in (
            ("failed", {"beside": {"point": "main/good"}}),
            ("silent", {"contradicted_by": {"point": "main/failed"}}),
        ):
            connection.execute(
                "UPDATE point_definition d SET checks = %s FROM point p"
                " WHERE p.point_id = d.point_id AND p.key = %s",
                (Jsonb(others), name),
            )
        connection.execute(
            "INSERT INTO viewer VALUES ('operator', 'Operator') ON CONFLICT DO NOTHING"
        )
        connection.execute("INSERT INTO point_grant SELECT 'operator', point_id FROM point")
    bad_from = NOW - timedelta(days=2)
    messages = [_message("good", at, 1.0) for at in _moments(NOW)]
    messages += [_message("failed", at, 5.0 if at < bad_from else 900.0) for at in _moments(NOW)]
    messages += [_message("silent", at, 1.0) for at in _moments(NOW - timedelta(hours=6))]
    counts = write_batches(url, [messages])
    assert counts.committed == len(messages)
    with viewing(url) as connection:
        plant = read_plant(connection, NOW, "plant")
        return data_health(connection, plant, NOW)


def test_each_point_says_what_is_wrong_with_it_since_when_and_what_was_last_good(
    health: DataHealth,
) -> None:
    found = {one.health.point: one for one in findings(health.points.values(), NOW)}
    problems = {point: one.problem for point, one in found.items()}
    assert problems == {
        "main/silent": Problem.SILENT,
        "main/failed": Problem.FAILED,
        "main/new": Problem.NEVER,
        # The day without readings is more than a week ago.
    }
    since = found["main/failed"].since
    assert since is not None
    assert timedelta() <= since - (NOW - timedelta(days=2)) < STEP
    good = health.last_good["main/failed"]
    assert good.value == 5.0
    assert since - good.at == STEP
    assert found["main/failed"].others == (Problem.INCOMPLETE,)


def test_what_a_point_is_held_against_is_no_second_probe_if_it_is_a_condition(
    health: DataHealth,
) -> None:
    assert health.beside == {"main/failed": "main/good"}
    assert health.conditions == {"main/silent": "main/failed"}


def test_the_days_are_as_complete_as_an_independent_count_says(health: DataHealth) -> None:
    shares = health.shares["main/good"]
    assert len(shares) == len(health.days) == DAYS
    assert np.isnan(shares[: DAYS - 22]).all()  # it began twenty days ago
    for day, share in zip(health.days[-19:-1], shares[-19:-1], strict=True):
        (window,) = day_windows([day], HELSINKI)  # of 23, 24 or 25 hours
        came = sum(window.start <= at < window.end for at in _moments(NOW))
        due = (window.end - window.start) / STEP
        assert share == pytest.approx(min(came / due, 1.0), abs=0.001), day
    assert np.nanmin(shares) < 0.9
    assert np.isnan(health.shares["main/new"]).all()


def test_the_clock_of_a_device_is_off_by_what_it_is_off_and_drifts_as_it_drifts(
    migrated_url: str,
) -> None:
    for line in ("main", "mbr"):
        add_points(migrated_url, dict.fromkeys(("a", "b", "c"), NO_BOUNDS), line=line)
    with psycopg.connect(migrated_url) as connection:
        connection.execute("INSERT INTO viewer VALUES ('operator', 'Operator')")
        connection.execute("INSERT INTO point_grant SELECT 'operator', point_id FROM point")
    messages = []
    for days_ago in range(8):
        for minute in range(1, 30):
            at = NOW - timedelta(days=days_ago, minutes=minute)
            for line, delay_s in (("main", 1.0), ("mbr", 40.0 - 4.0 * days_ago)):
                payload = json.dumps({"t": microseconds(at) // 1000, "v": 1.0})
                received_us = microseconds(at + timedelta(seconds=delay_s))
                messages += [
                    Message(f"plant/{line}/{key}", payload.encode(), received_us) for key in "abc"
                ]
    write_batches(migrated_url, [messages])
    with viewing(migrated_url) as connection:
        slow, right = clock_offsets(connection, "plant", NOW)
    assert (slow.device, slow.points, slow.median_s) == ("mbr", 3, 40.0)
    assert slow.drift_per_day_s == pytest.approx(4.0)
    assert slow.problem is ClockProblem.DRIFTS
    assert (right.device, right.median_s, right.problem) == ("main", 1.0, None)
    with viewing(migrated_url, "nobody") as connection:
        assert clock_offsets(connection, "plant", NOW) == []


def test_a_page_that_shows_few_days_says_the_same_of_every_point(migrated_url: str) -> None:
    """The days of all points were asked, however few a page shows: seconds with 5 000."""
    _health(migrated_url)
    with psycopg.connect(migrated_url) as connection:
        # What was read nine days ago stands for the whole week.
        connection.execute(
            "UPDATE point_definition d SET expected_interval_s = 1209600 FROM point p"
            " WHERE p.point_id = d.point_id AND p.key = 'silent'"
        )
    with viewing(migrated_url) as connection:
        plant = read_plant(connection, NOW, "plant")
        everything = data_health(connection, plant, NOW)
        few = data_health(connection, plant, NOW, 2)
    assert few.points == everything.points
    assert few.last_good == everything.last_good
    assert few.points["main/silent"].week == 1.0
    weeks = {path: point.week for path, point in everything.points.items()}
    assert weeks["main/failed"] is not None
    assert weeks["main/failed"] < 0.9
    assert set(few.shares) == {"main/failed", "main/good"}
    for path, shares in few.shares.items():
        np.testing.assert_array_equal(shares, everything.shares[path])


def test_a_week_with_cleaning_in_place_is_told_from_a_week_without_readings(
    migrated_url: str,
) -> None:
    ids = add_points(migrated_url, {"cleaned": NO_BOUNDS})
    with psycopg.connect(migrated_url) as connection:
        connection.execute(
            "UPDATE point_definition SET expected_interval_s = %s", (STEP.total_seconds(),)
        )
        connection.execute("INSERT INTO viewer VALUES ('operator', 'Operator')")
        connection.execute("INSERT INTO point_grant SELECT 'operator', point_id FROM point")
    begins, ends = NOW - timedelta(days=5), NOW - timedelta(days=3)
    Staff(migrated_url, "plant").enter("cleaning_in_place", begins, ends, point=ids["cleaned"])
    moments = [NOW - n * STEP for n in range(20 * 48)]
    write_batches(migrated_url, [[_message("cleaned", at, 1.0) for at in moments]])
    with viewing(migrated_url) as connection:
        plant = read_plant(connection, NOW, "plant")
        point = data_health(connection, plant, NOW).points["main/cleaned"]
    assert point.week == pytest.approx(1.0, abs=0.03)
    assert point.worked == pytest.approx(2 / 7)
