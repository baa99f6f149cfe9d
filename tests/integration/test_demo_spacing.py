"""The demonstration's past is described with the spacing that it has, and never described anew."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from deploy.demo.demo_plant import DEMO_SITE, DemoPlant, load_plant
from deploy.demo.replay_clock import SECOND_US
from deploy.demo.spacing import date_spacing, spacing_s
from schemas.site.load import load
from schemas.site.reader import read

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
START = NOW - timedelta(days=35)
FLOW, OSMOSIS, METER = "main/jv-ft-205", "ro/p02-ft-02", "main/en-jq-901"
LEVEL = "main/ken-lt-102"
STATE = "main/mbr1-mode"
PERMEATES = "main/mbr-fy-554"

Dated = dict[str, list[tuple[datetime | None, float | None]]]


@pytest.fixture(scope="module")
def plant() -> DemoPlant:
    return load_plant()


def _dated(url: str) -> Dated:
    """Return the moments (None: always) and intervals of each point, in order of time."""
    found: Dated = {}
    with psycopg.connect(url) as connection:
        for path, valid_from, interval_s in connection.execute(
            "SELECT l.key || '/' || p.key, NULLIF(d.valid_from, '-infinity'), d.expected_interval_s"
            " FROM point_definition d JOIN point p USING (point_id) JOIN line l USING (line_id)"
            " ORDER BY d.valid_from"
        ):
            found.setdefault(path, []).append((valid_from, interval_s))
    return found


def test_history_spacing_is_that_of_its_recording_or_the_step_of_the_model(
    plant: DemoPlant,
) -> None:
    spacing = spacing_s(plant)
    assert (spacing[FLOW], spacing[OSMOSIS], spacing[METER]) == (300, 60, 300)
    assert spacing["trial/e01-ft-01"] == 600
    assert STATE not in spacing
    for name, loop in plant.loops.items():
        steps = sorted((loop.offset_us[1:] - loop.offset_us[:-1]).tolist())
        declared_s = plant.recordings[name].spec.step_s
        assert steps[len(steps) // 2] == declared_s * SECOND_US, name


def test_a_history_that_is_thinner_than_declared_is_described_as_it_is(
    plant: DemoPlant, migrated_url: str
) -> None:
    site = read(DEMO_SITE)
    load(migrated_url, site, now=NOW)
    date_spacing(migrated_url, plant, START, NOW)
    first = _dated(migrated_url)
    assert first[LEVEL] == [(None, 10), (START, 300), (NOW, 10)]
    assert first[FLOW] == [(None, 300)]  # a recording comes as it was recorded, live too
    assert first[OSMOSIS] == [(None, 60)]
    assert first[METER] == [(None, 60), (START, 300), (NOW, 60)]
    assert first[STATE] == [(None, None)]
    # What is calculated comes as its inputs do: data health said that 99 % of it was missing.
    assert first[PERMEATES] == [(None, 5), (START, 300), (NOW, 5)]
    declared = {point.ref: point.expected_interval_s for point in site.point if not point.formula}
    assert {path: rows[-1][1] for path, rows in first.items() if path in declared} == declared

    # A quick restart adds nothing; a long standstill adds rows after those that are there.
    assert not load(migrated_url, site, now=NOW + timedelta(minutes=10)).changed
    date_spacing(migrated_url, plant, NOW + timedelta(minutes=5), NOW + timedelta(minutes=10))
    assert _dated(migrated_url) == first
    since, until = NOW + timedelta(hours=1), NOW + timedelta(hours=9)
    date_spacing(migrated_url, plant, since, until)
    second = _dated(migrated_url)
    assert second[LEVEL] == [*first[LEVEL], (since, 300), (until, 10)]
    assert all(second[path][: len(rows)] == rows for path, rows in first.items())


def test_what_is_loaded_five_minutes_apart_is_no_row_of_gaps(
    plant: DemoPlant, migrated_url: str
) -> None:
    load(migrated_url, read(DEMO_SITE), now=NOW)
    date_spacing(migrated_url, plant, START, NOW)
    with psycopg.connect(migrated_url) as connection:
        found = connection.execute(
            "SELECT (d.checks->>'gap_after_s')::float8 FROM point_definition d"
            " JOIN point p USING (point_id) JOIN line l USING (line_id)"
            " WHERE l.key || '/' || p.key = %s ORDER BY d.valid_from",
            (LEVEL,),
        ).fetchall()
    assert found == [(60,), (900,), (60,)]


def test_a_past_that_was_described_already_stays_as_it_is(
    plant: DemoPlant, migrated_url: str
) -> None:
    load(migrated_url, read(DEMO_SITE), now=NOW)
    date_spacing(migrated_url, plant, START, NOW)
    first = _dated(migrated_url)[LEVEL]
    # Loading stopped half-way: the next start begins in a stretch that is described.
    later = NOW + timedelta(hours=1)
    date_spacing(migrated_url, plant, NOW - timedelta(days=3), later)
    just_after = NOW + timedelta(microseconds=1)
    assert _dated(migrated_url)[LEVEL] == [*first, (just_after, 300), (later, 10)]
