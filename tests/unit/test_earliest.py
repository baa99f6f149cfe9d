"""From when on a sender may say what was measured."""

import json
from dataclasses import replace

import pytest

from ingest.batch import prepare
from ingest.decoding.acceptance import DEFAULT_LIMITS, Limits
from ingest.decoding.message import Message
from ingest.decoding.point import BEGINNING_US, Point, TrialTime
from ingest.decoding.site_snapshot import Description, Plant, SiteVersion, built
from tests.fixtures.plants import us

ZONE = "Europe/Helsinki"
START, END = us("2026-09-01T00:00:00Z"), us("2026-12-01T00:00:00Z")
SITE_BEGAN = us("2021-05-01T00:00:00Z")
NOON = "2026-11-24T12:00:00Z"
OLD = "2000-01-08T12:00:00Z"


def _plant(
    *,
    begins_us: int = BEGINNING_US,
    dropped_us: int = BEGINNING_US,
    limits: Limits = DEFAULT_LIMITS,
) -> Plant:
    trial = (TrialTime(START, END),)
    points = (
        Point(1, "fi", "main", "flow", ZONE, begins_us=begins_us),
        Point(2, "fi", "ro", "own", ZONE, begins_us=begins_us, trials=trial),
    )
    return built(Description(points, (), SiteVersion(0, dropped_us)), limits)


def _message(topic: str, stamp: str, received: str = NOON, **more: object) -> Message:
    payload = {"t": stamp, "v": 1.0, **more}
    return Message(f"fi/{topic}", json.dumps(payload).encode(), us(received))


def _reasons(plant: Plant, *messages: Message) -> list[str]:
    return [rejection.reason.value for _, rejection in prepare(messages, plant).rejected]


@pytest.mark.parametrize("stamp", [OLD, "2026-08-31T23:59:59.999Z"])
@pytest.mark.parametrize("shape", ["plain", "with a key of its own", "line", "list"])
def test_a_trials_gateway_cannot_write_before_its_trial(stamp: str, shape: str) -> None:
    message = {
        "plain": _message("ro/own", stamp),
        "with a key of its own": _message("ro/own", stamp, unit="bar"),
        "line": _message("ro", stamp, v={"own": 1.0}),
        "list": Message("fi/ro", json.dumps([{"p": "own", "t": stamp, "v": 1}]).encode(), us(NOON)),
    }[shape]
    batch = prepare([message], _plant())
    assert len(batch.rows) == 0
    [(source, rejection)] = batch.rejected
    assert (source, rejection.reason.value) == (0, "stamp_too_old")
    assert "ro/own" in rejection.detail
    assert "2026-09-01T00:00:00Z, when the trial began" in rejection.detail


def test_what_lies_within_the_trial_is_taken_however_late_it_comes() -> None:
    batch = prepare([_message("ro/own", "2026-09-01T00:00:00Z")], _plant())
    assert (len(batch.rows), batch.rejected) == (1, [])


def test_a_point_that_the_trial_compares_with_stays_the_plants() -> None:
    assert _reasons(_plant(), _message("main/flow", OLD)) == []


@pytest.mark.parametrize("received", ["2026-08-31T12:00:00Z", "2026-12-01T00:00:00Z"])
def test_before_and_after_a_trial_its_points_are_the_plants(received: str) -> None:
    assert _reasons(_plant(), _message("ro/own", OLD, received)) == []


def test_the_plant_itself_may_import_what_was_before_a_trial() -> None:
    plant = _plant(limits=replace(DEFAULT_LIMITS, binds_trials=False))
    assert _reasons(plant, _message("ro/own", OLD)) == []


def test_nobody_writes_before_the_site_began() -> None:
    plant = _plant(begins_us=SITE_BEGAN)
    messages = [_message("main/flow", OLD), _message("main/flow", "2021-05-01T00:00:00Z")]
    batch = prepare(messages, plant)
    assert len(batch.rows) == 1
    [(source, rejection)] = batch.rejected
    assert source == 0
    assert rejection.detail.endswith("before 2021-05-01T00:00:00Z, when the site began")


def test_nobody_writes_into_a_time_whose_readings_were_dropped() -> None:
    plant = _plant(begins_us=SITE_BEGAN, dropped_us=us("2024-01-04T00:00:00Z"))
    batch = prepare([_message("main/flow", "2024-01-03T23:59:59Z")], plant)
    assert len(batch.rows) == 0
    assert batch.rejected[0][1].detail.endswith(", readings from before it were dropped")


def test_one_old_part_does_not_cost_the_parts_beside_it() -> None:
    parts = [{"p": "own", "t": OLD, "v": 1}, {"p": "own", "t": NOON, "v": 2}]
    batch = prepare([Message("fi/ro", json.dumps(parts).encode(), us(NOON))], _plant())
    assert batch.rows.value.tolist() == [2.0]
    assert [rejection.reason.value for _, rejection in batch.rejected] == ["stamp_too_old"]
