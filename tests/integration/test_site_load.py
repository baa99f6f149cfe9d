"""Loading a site: repeatable, dated, and never a rewrite of history."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard.store.instruments import instruments
from schemas.errors import SiteFileError
from schemas.languages import LANGUAGES
from schemas.site.load import Counts, LoadReport, load
from schemas.site.reader import read
from tests.fixtures.ingest_process import rows
from tests.fixtures.site_files import edited, without, written
from tests.fixtures.viewing import viewing

MIKKELI = Path(__file__).parents[2] / "deploy/sites/mikkeli"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
LATEST = NOW + timedelta(days=2)
TABLES = (
    *("site", "line", "point", "point_definition", "instrument", "assignment", "topic_mapping"),
    *("element", "element_definition", "element_property", "point_role"),
    *("company", "trial", "trial_point", "limit_set", "limit_value", "viewer", "point_grant"),
)
DEFINITIONS = """
    SELECT d.unit, d.range_hi, nullif(d.valid_from, '-infinity')
    FROM point_definition d JOIN point p USING (point_id) WHERE p.key = 'flow' ORDER BY d.valid_from
"""
ASSIGNMENTS = """
    SELECT i.key, nullif(a.valid_from, '-infinity')
    FROM assignment a JOIN point p USING (point_id) LEFT JOIN instrument i USING (instrument_id)
    WHERE p.key = 'flow' ORDER BY a.valid_from
"""
LIMITS = "SELECT value, nullif(valid_from, '-infinity') FROM limit_value ORDER BY valid_from"
CURRENT = "SELECT key, unit, instrument FROM point_current ORDER BY key"
RANGE = "range = [0, 100]"
INSTRUMENT = 'instrument = "fit-1"'


class Plant:
    """A site file that is edited and loaded again and again."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def load(self, text: str, now: datetime) -> LoadReport:
        return load(self.url, read(written(self._folder, text)), now=now)

    def rows(self, statement: str) -> list[tuple]:
        return rows(self.url, statement)

    def everything(self) -> dict[str, set[str]]:
        """All that a load writes, as text, which can hold -infinity."""
        return {t: {row for (row,) in self.rows(f"SELECT {t}::text FROM {t}")} for t in TABLES}


@pytest.fixture
def plant(migrated_url: str, tmp_path: Path) -> Plant:
    """The small plant, loaded once."""
    plant = Plant(migrated_url, tmp_path)
    plant.load(edited(), NOW)
    return plant


def test_a_country_is_stored_changed_and_taken_away(plant: Plant) -> None:
    zone = 'time_zone = "Europe/Helsinki"'
    for line, stored in (('country = "SE"', "SE"), ('country = "NP"', "NP"), ("", None)):
        text = edited((zone, f"{zone}\n{line}"))
        assert plant.load(text, LATER).changed
        assert not plant.load(text, LATER).changed
        assert plant.rows("SELECT country FROM site") == [(stored,)]


def test_an_instrument_is_described_in_the_language_of_who_reads(plant: Plant) -> None:
    """What measures was told in English on Finnish and Swedish pages."""
    one = 'description = "magnetic flow meter, 1"'
    each = 'description = { sv = "flödesmätare", fi = "virtausmittari", en = "flow meter" }'
    said = []
    for text in (each, one):
        assert plant.load(edited((one, text)), LATER).changed
        assert not plant.load(edited((one, text)), LATER).changed
        with viewing(plant.url) as connection:
            read_in = {
                language: instruments(connection, "pump", language) for language in LANGUAGES
            }
        said.append({language: found[0].description for language, found in read_in.items()})
    assert said == [
        {"fi": "virtausmittari", "sv": "flödesmätare", "en": "flow meter"},
        dict.fromkeys(LANGUAGES, "magnetic flow meter, 1"),
    ]


def test_mikkeli_loads_twice_and_the_second_time_changes_nothing(
    migrated_url: str, tmp_path: Path
) -> None:
    site = read(MIKKELI)
    plant = Plant(migrated_url, tmp_path)
    first = load(migrated_url, site, now=NOW)
    stored = plant.everything()
    assert all(stored.values()), "a table is empty"
    assert first.counts["point"] == Counts(len(site.point), 0, 0, 0)
    again = load(migrated_url, site, now=LATER)
    assert str(again).startswith("site mikkeli: nothing to change")
    unchanged = {name: Counts(0, 0, each.created, 0) for name, each in first.counts.items()}
    assert again.counts == unchanged
    assert plant.everything() == stored


@pytest.mark.parametrize(
    "changes",
    [
        [('unit = "m3/h"', 'unit = "L/s"')],
        [(RANGE, "range = [0, 120]")],
        [("typical = [10, 90]", "typical = [20, 90]")],
        [("expected_interval_s = 10", "expected_interval_s = 60")],
        [(INSTRUMENT, 'instrument = "fit-2"')],
        [(INSTRUMENT, f'{INSTRUMENT}\nspecies = "N"')],
        [(INSTRUMENT, f"{INSTRUMENT}\nverified = true")],
        [('en = "Running"', 'en = "On"')],
        [("value = 80", "value = 70")],
    ],
    ids=lambda changes: changes[0][1].splitlines()[-1],
)
def test_a_change_is_a_new_dated_row_and_no_stored_row_is_touched(
    plant: Plant, changes: list[tuple[str, str]]
) -> None:
    before = plant.everything()
    report = plant.load(edited(*changes), LATER)
    after = plant.everything()
    assert sum(each.changed for each in report.counts.values()) == 1
    different = {table for table in TABLES if after[table] != before[table]}
    assert len(different) == 1
    (table,) = different
    assert table in {"point_definition", "assignment", "limit_value"}
    assert before[table] < after[table], "a stored row was rewritten"
    (new,) = after[table] - before[table]
    assert "2026-11-25 09:00:00+00" in new
    assert not plant.load(edited(*changes), LATEST).changed


def test_a_change_counts_from_since_and_the_newest_one_is_current(plant: Plant) -> None:
    since = "since = 2026-11-24T23:30:00"
    plant.load(edited((RANGE, f"range = [0, 120]\n{since}")), LATER)
    plant.load(edited((RANGE, "range = [0, 150]"), ('unit = "m3/h"', 'unit = "L/s"')), LATEST)
    assert plant.rows(DEFINITIONS) == [
        ("m3/h", 100.0, None),
        ("m3/h", 120.0, datetime(2026, 11, 24, 21, 30, tzinfo=UTC)),
        ("L/s", 150.0, LATEST),
    ]
    assert plant.rows(CURRENT)[0] == ("flow", "L/s", "fit-1")


def test_another_instrument_none_and_the_first_again_are_three_dated_rows(plant: Plant) -> None:
    for day, instrument in enumerate(('instrument = "fit-2"', "", INSTRUMENT), start=1):
        plant.load(edited((INSTRUMENT, instrument)), NOW + timedelta(days=day))
    assert plant.rows(ASSIGNMENTS) == [
        ("fit-1", None),
        ("fit-2", NOW + timedelta(days=1)),
        (None, NOW + timedelta(days=2)),
        ("fit-1", NOW + timedelta(days=3)),
    ]


def test_names_and_tags_are_updated_in_place(plant: Plant) -> None:
    ids = plant.rows("SELECT point_id FROM point ORDER BY 1")
    report = plant.load(edited(('tag = "JV-FT-205"', 'tag = "JV-FT-1"')), LATER)
    assert report.counts["point"].changed == 1
    assert plant.rows("SELECT tag FROM point WHERE key = 'flow'") == [("JV-FT-1",)]
    assert plant.rows("SELECT point_id FROM point ORDER BY 1") == ids
    assert len(plant.rows(DEFINITIONS)) == 1


def test_a_point_that_is_gone_is_retired_and_returns_as_the_same_point(plant: Plant) -> None:
    reading = "INSERT INTO reading SELECT point_id, now(), 1, 0, 1, 0, now() FROM point"
    with psycopg.connect(plant.url) as connection:
        connection.execute(reading)
    before = plant.rows("SELECT point_id, key FROM point ORDER BY 1")
    less = without('[[point]]\nkey = "pump"', '[[point]]\nkey = "pressure"')
    assert plant.load(less, LATER).counts["point"].retired == 1
    assert not plant.load(less, LATEST).changed
    retired = plant.rows("SELECT key, retired_at FROM point WHERE retired_at IS NOT NULL")
    assert retired == [("pump", LATER)]
    assert [key for key, *_ in plant.rows(CURRENT)] == ["flow", "pressure"]
    assert plant.rows("SELECT count(*) FROM reading") == [(3,)]
    assert plant.load(edited(), LATEST).counts["point"].changed == 1
    assert plant.rows("SELECT point_id, key FROM point ORDER BY 1") == before
    assert len(plant.rows(CURRENT)) == 3


def test_a_mapping_that_is_gone_is_removed_and_a_changed_one_replaced(plant: Plant) -> None:
    definition = "SELECT definition -> 'values' -> 0 ->> 'pointer' FROM topic_mapping"
    plant.load(edited(('pointer = "/feed/pressure"', 'pointer = "/p"')), LATER)
    assert plant.rows(definition) == [("/p",)]
    assert plant.load(without("[[mapping]]"), LATEST).counts["topic mapping"].retired == 1
    assert plant.rows("SELECT count(*) FROM topic_mapping") == [(0,)]
    assert plant.rows("SELECT count(*) FROM point_current") == [(3,)]


def test_a_limit_that_is_gone_is_withdrawn_from_that_moment(plant: Plant) -> None:
    less = edited(('source = "an example"', 'source = "an example"\nlimit = []'))
    less = without("[[limit_set.limit]]", "[[mapping]]", text=less)
    plant.load(less, LATER)
    plant.load(edited(("value = 80", "value = 60")), LATEST)
    assert plant.rows(LIMITS) == [(80.0, None), (None, LATER), (60.0, LATEST)]


def test_a_trial_that_is_gone_is_retired_and_its_points_follow_the_file(plant: Plant) -> None:
    points = 'points = ["ro/pressure", "main/flow"]'
    plant.load(edited((points, 'points = ["ro/pressure"]')), LATER)
    assert plant.rows("SELECT count(*) FROM trial_point") == [(1,)]
    plant.load(without("[[trial]]", "[[limit_set]]"), LATEST)
    assert plant.rows("SELECT key, retired_at FROM trial") == [("first", LATEST)]
    plant.load(edited(), LATEST)
    assert plant.rows("SELECT key, retired_at FROM trial") == [("first", None)]
    assert plant.rows("SELECT count(*) FROM trial_point") == [(2,)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            [(RANGE, "range = [0, 150]\nsince = 2026-11-20")],
            "one from 2026-11-25 09:00:00+0000 is stored and history is not rewritten",
        ),
        ([(RANGE, "range = [0, 150]\nsince = 2027-01-01")], "`since` lies in the future"),
        ([("Europe/Helsinki", "Europe/Stockholm")], "was loaded with Europe/Helsinki"),
    ],
    ids=["before a stored change", "in the future", "another zone"],
)
def test_what_would_rewrite_history_is_refused_as_a_whole(
    plant: Plant, changes: list[tuple[str, str]], problem: str
) -> None:
    plant.load(edited((RANGE, "range = [0, 120]")), LATER)
    before = plant.everything()
    text = edited(('tag = "RO-PT-4"', 'tag = "OTHER"'))
    for old, new in changes:
        text = text.replace(old, new)
    with pytest.raises(SiteFileError) as caught:
        plant.load(text, LATEST)
    assert any(problem in each for each in caught.value.problems)
    assert plant.everything() == before


def test_only_a_change_wakes_ingest(plant: Plant) -> None:
    with psycopg.connect(plant.url, autocommit=True) as listener:
        listener.execute("LISTEN virtaama_site")
        plant.load(edited(), LATER)
        assert list(listener.notifies(timeout=0)) == []
        plant.load(edited((RANGE, "range = [0, 120]")), LATER)
        assert len(list(listener.notifies(timeout=5, stop_after=1))) == 1


def test_two_sites_live_side_by_side(plant: Plant) -> None:
    before = plant.everything()
    other = edited(
        ('key = "pump"\nname = { fi = "Pumppaamo"', 'key = "two"\nname = { fi = "Toinen"')
    )
    assert plant.load(other, LATER).counts["point"].created == 3
    assert not plant.load(edited(), LATEST).changed
    after = plant.everything()
    for table in {table for table in TABLES if before[table]} - {"company", "viewer"}:
        assert before[table] < after[table]
        assert len(after[table]) == 2 * len(before[table]), table


def test_two_who_load_at_once_load_once(migrated_url: str, tmp_path: Path) -> None:
    plant = Plant(migrated_url, tmp_path)
    site = read(written(tmp_path, edited()))
    reports: list[LoadReport] = []

    def work() -> None:
        reports.append(load(migrated_url, site, now=NOW))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.changed for report in reports) == [False, False, True]
    assert plant.rows("SELECT count(*) FROM point") == [(3,)]
