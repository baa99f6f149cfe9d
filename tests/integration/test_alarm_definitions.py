"""Alarms that engineers define in the app, beside the site file and the process that moves them."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from deploy.demo.demo_plant import DEMO_SITE
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.points import points_of
from schemas.site.alarms.rows import alarm_rows, definition_row, rows_at
from schemas.site.load import LoadReport, load
from schemas.site.model import Point, Site
from schemas.site.reader import read
from schemas.site.roles import site_roles
from tests.fixtures.alarm_plant import SECOND_US, AlarmPlant, AlarmsProcess
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import wait_until

T1 = datetime(2026, 11, 1, tzinfo=UTC)
NEWEST = """
SELECT DISTINCT ON (key) key, condition->'above', (SELECT display_name FROM account k
       WHERE k.account_id = d.entered_by), kept_in
FROM alarm_definition d JOIN alarm USING (alarm_id) WHERE key = %s ORDER BY key, valid_from DESC
"""
PLACED = """
SELECT key, kept_in, (SELECT display_name FROM account k WHERE k.account_id = d.entered_by)
FROM alarm_definition_period d JOIN alarm USING (alarm_id)
WHERE starts_with(key, 'of-elsa:') AND d.name IS NOT NULL AND d.valid_to = 'infinity' ORDER BY key
"""
SINCE_IT_IS_DEFINED = """
SELECT raised_at >= (SELECT min(valid_from) FROM alarm_definition), is_late FROM alarm_occurrence
"""
TAKEN_UP_WITHIN_S = 5.0


@pytest.fixture(scope="module")
def site() -> Site:
    return read(DEMO_SITE)


@pytest.fixture
def url(migrated_url: str, site: Site) -> str:
    load(migrated_url, site, now=T1)
    with psycopg.connect(migrated_url) as connection:
        connection.execute(
            "INSERT INTO account (login, display_name, role, password_hash, "
            "must_change_password, all_sites) VALUES ('elsa', 'Elsa', 'engineer', 'x', false, true)"
        )
    return migrated_url


def _limit_alarm(site: Site) -> dict[str, Any]:
    """Return an alarm of the catalogue with an upper limit."""
    found = alarm_rows(site)["alarm definition"]
    return next(row for row in found if ":" in row["key"] and row["condition"].get("above"))


def _as_engineer(url: str, statement: str, *values: object) -> Any:
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT set_config('virtaama.viewer', 'account:' || account_id, true) FROM account "
            "WHERE role = 'engineer'"
        )
        connection.execute("SET LOCAL ROLE virtaama_viewer")
        row = connection.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row[0]


def _define(url: str, row: dict[str, Any], versions: int, site: str = "demo") -> Any:
    content = {name: value for name, value in row.items() if name not in ("first_from", "since")}
    key = content.pop("key")
    statement = "SELECT visible.define_alarm(%s, %s, %s, %s, 'it called each night')"
    return _as_engineer(url, statement, site, key, versions, Jsonb(content))


def _with_limit(row: dict[str, Any], above: float) -> dict[str, Any]:
    return row | {"condition": row["condition"] | {"above": above}}


def _load(url: str, site: Site, **change: object) -> LoadReport:
    changed = site.model_copy(update=change)
    changed.__dict__.pop("points", None)  # kept of the site that it is a copy of
    return load(url, changed, now=datetime.now(UTC) + timedelta(seconds=1))


def test_a_load_neither_undoes_nor_doubles_what_an_engineer_defined(url: str, site: Site) -> None:
    old = _limit_alarm(site)
    key, before = old["key"], old["condition"]["above"]
    number = _define(url, _with_limit(old, before + 0.5), 1, site.key)
    report = _load(url, site)
    assert not report.changed
    assert report.remarks == tuple(each for each in report.remarks if key in each)
    assert "Elsa" in str(report)
    assert rows(url, NEWEST, key) == [(key, before + 0.5, "Elsa", "app")]
    # Nor one that the file says nothing of.
    own = old | {"key": "own-of-elsa"}
    _define(url, own, 0, site.key)
    assert not _load(url, site).changed
    assert rows(url, NEWEST, "own-of-elsa")[0][2:] == ("Elsa", "app")
    # Given back, the file says again what it is.
    _as_engineer(url, "SELECT visible.return_alarm_to_file(%s, 2) IS NULL", number)
    assert _load(url, site).changed
    assert rows(url, NEWEST, key) == [(key, before, None, "file")]


def test_an_alarm_out_of_use_stays_so_after_a_load_and_what_it_was_stays(
    url: str, site: Site
) -> None:
    old = _limit_alarm(site)
    number = rows(url, "SELECT alarm_id FROM alarm WHERE key = %s", old["key"])[0][0]
    _as_engineer(url, "SELECT visible.retire_alarm(%s, 1, 'the well is gone') IS NULL", number)
    assert not _load(url, site).changed
    found = rows(
        url,
        "SELECT name IS NULL, reason FROM alarm_definition WHERE alarm_id = %s ORDER BY valid_from",
        number,
    )
    assert found == [(False, None), (True, "the well is gone")]


def test_an_alarm_of_the_app_ends_with_its_point(url: str, site: Site) -> None:
    old = _limit_alarm(site)
    _define(url, old | {"key": "own-of-elsa"}, 0, site.key)
    points = tuple(each for each in site.point if each.ref != old["condition"]["point"])
    report = _load(url, site, point=points)
    assert report.counts["alarm definition"].retired >= 1
    assert rows(url, NEWEST, "own-of-elsa") == [("own-of-elsa", None, None, "file")]


def test_an_alarm_of_the_app_was_held_against_values_in_another_unit(url: str, site: Site) -> None:
    point = next(each for each in site.point if each.unit == "m" and each.formula is None)
    watched = _limit_alarm(site) | {"key": "own-of-elsa"}
    watched["condition"] = {"watch": "value", "point": point.ref, "above": 2.5, "deadband": 0.1}
    _define(url, watched, 0, site.key)
    others = [each for each in site.point if each is not point]
    report = _load(url, site, point=(*others, point.model_copy(update={"unit": "cm"})))
    assert any("own-of-elsa" in each and "cm" in each for each in report.remarks)
    assert rows(url, NEWEST, "own-of-elsa") == [("own-of-elsa", 250, None, "app")]


def test_an_engineer_defines_an_alarm_for_all_points_of_a_role(url: str, site: Site) -> None:
    alarm, placed, first, others = _of_role(site)
    number = _define(url, definition_row(alarm, first.unit), 0, site.key)
    place = "SELECT visible.place_alarm(%s, %s, %s)"
    assert _as_engineer(url, place, number, 1, Jsonb(placed)) == len(placed)
    assert rows(url, PLACED) == sorted((row["key"], "role", "Elsa") for row in placed)
    assert not _load(url, site).changed
    # One that somebody changes is an alarm of its own, whatever the role says later.
    own = placed[0] | {"delay_on_s": 7.0}
    _define(url, own, 1, site.key)
    _define(url, definition_row(alarm, first.unit), 1, site.key)
    assert _as_engineer(url, place, number, 2, Jsonb(placed)) == len(placed) - 1
    assert rows(url, PLACED)[0] == (min(row["key"] for row in placed), "app", "Elsa")
    # An asset that comes has its alarm, and loses it when it goes.
    spare = others[-1].model_copy(update={"key": "spare", "role": None})
    gone = tuple(each for each in site.point if each is not others[-1])
    moved = spare.model_copy(update={"role": others[-1].role})
    _load(url, site, point=(*gone, moved))
    keys = [key for key, *_ in rows(url, PLACED)]
    assert f"of-elsa:{moved.ref}" in keys
    assert f"of-elsa:{others[-1].ref}" not in keys
    # Out of use, all that follow it end; the one of its own stays.
    _as_engineer(url, "SELECT visible.retire_alarm(%s, 2, 'not needed') IS NULL", number)
    assert [key for key, *_ in rows(url, PLACED)] == [placed[0]["key"]]


def test_points_of_a_role_in_another_unit_have_the_limit_of_the_role_in_it(
    url: str, site: Site
) -> None:
    alarm, placed, first, others = _of_role(site)
    number = _define(url, definition_row(alarm, first.unit), 0, site.key)
    _as_engineer(url, "SELECT visible.place_alarm(%s, 1, %s)", number, Jsonb(placed))
    tenth = others[-1].model_copy(update={"unit": f"10.{first.unit}"})
    report = _load(
        url, site, point=tuple(tenth if each is others[-1] else each for each in site.point)
    )
    assert report.changed
    limit = "SELECT d.condition->'above' FROM alarm_definition d JOIN alarm USING (alarm_id) "
    newest = limit + "WHERE key = %s ORDER BY d.valid_from DESC LIMIT 1"
    assert rows(url, newest, f"of-elsa:{tenth.ref}") == [(pytest.approx(alarm.above / 10),)]


def test_nobody_places_alarms_at_points_that_are_not_those_of_the_key(url: str, site: Site) -> None:
    alarm, placed, first, _ = _of_role(site)
    number = _define(url, definition_row(alarm, first.unit), 0, site.key)
    for wrong in ({"key": "other:x"}, {"key": f"of-elsa:{first.ref}x"}, {"name": None}):
        place = "SELECT visible.place_alarm(%s, 1, %s)"
        with pytest.raises(psycopg.errors.DataError):
            _as_engineer(url, place, number, Jsonb([placed[0] | wrong]))


def _of_role(site: Site) -> tuple[Alarm, list[dict[str, Any]], Point, list[Point]]:
    """Return an alarm of a role that several points have in one unit, and what it is at them."""
    roles, names = site_roles(site), {each.ref: each.name.model_dump() for each in site.point}
    for role in sorted({role for _, role in roles.points}):
        points = [site.points[ref] for ref in points_of([role], roles)]
        is_plain = all(each.formula is None and each.kind == "measurement" for each in points)
        if len(points) > 1 and is_plain and len({each.unit for each in points}) == 1:
            break
    texts = {"fi": "a", "sv": "b", "en": "c"}
    alarm = Alarm(key="of-elsa", role=role, above=1e6, name=texts, priority="diagnostic")
    return alarm, rows_at(alarm, roles, names), points[0], points[1:]


def test_two_engineers_at_once_do_not_write_over_each_other(url: str, site: Site) -> None:
    old = _limit_alarm(site)
    _define(url, _with_limit(old, 90.0), 1, site.key)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        _define(url, _with_limit(old, 80.0), 1, site.key)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        _define(url, old, 0, site.key)  # as a new one of the same key


def test_an_alarm_cannot_be_moved_to_another_point(url: str, site: Site) -> None:
    old = _limit_alarm(site)
    other = next(each.ref for each in site.point if each.ref != old["condition"]["point"])
    for point in (other, "main/nowhere", None):
        moved = old | {"condition": old["condition"] | {"point": point}}
        with pytest.raises(psycopg.errors.DataError):
            _define(url, moved, 1, site.key)


def test_the_process_takes_up_a_definition_within_seconds(
    migrated_url: str, tmp_path: Path
) -> None:
    plant = AlarmPlant(migrated_url)
    plant.ask("UPDATE account SET all_sites = true")
    plant.point("level")
    row = {
        "key": "level-high",
        "name": {"fi": "a", "sv": "a", "en": "a"},
        "priority": "high",
        "suppression": {},
        "delay_on_s": 0.0,
        "delay_off_s": 0.0,
        "is_latching": False,
        "condition": {"watch": "value", "point": "main/level", "above": 4.0},
    }
    with AlarmsProcess(tmp_path, migrated_url).ready_as_context():
        now_us = time.time_ns() // 1000
        plant.read(("level", now_us - 120 * SECOND_US, 5.0))
        started_s = time.monotonic()
        _define(migrated_url, row, 0, "s")
        wait_until(lambda: plant.state("level-high") == "unacknowledged", "it is not raised")
        _define(migrated_url, _with_limit(row, 6.0), 1, "s")
        wait_until(
            lambda: plant.state("level-high") == "returned_unacknowledged", "it is not cleared"
        )
        assert time.monotonic() - started_s < TAKEN_UP_WITHIN_S
    # Not late, and by no time at which there was no such alarm.
    assert rows(migrated_url, SINCE_IT_IS_DEFINED) == [(True, False)]
