"""Assets, streams and roles in the database: loaded twice they stay, changed they are dated."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard.store.plant_model import PlantModel, plant_model
from schemas.errors import SiteFileError
from schemas.site.load import Counts, LoadReport, load
from schemas.site.reader import read
from tests.fixtures.site_files import ELEMENTS_TOML, SITE_TOML, edited, without, written
from tests.fixtures.viewing import viewing

TEXT = SITE_TOML + ELEMENTS_TOML
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER, LATEST = NOW + timedelta(days=1), NOW + timedelta(days=2)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Plant:
    """A site that is loaded again and again, and read as of any moment."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def load(self, now: datetime, *changes: tuple[str, str], text: str = TEXT) -> LoadReport:
        return load(self.url, read(written(self._folder, edited(*changes, text=text))), now=now)

    def model(self, at: datetime) -> PlantModel:
        with viewing(self.url) as connection:
            return plant_model(connection, "pump", at)

    def holder(self, at: datetime, element: str, role: str) -> str | None:
        """Return the key of the point that has a role."""
        point = self.model(at).roles.get((element, role))
        with psycopg.connect(self.url) as connection:
            sql = "SELECT key FROM point WHERE point_id = %s"
            row = connection.execute(sql, (point,)).fetchone()
        return row[0] if row else None


@pytest.fixture
def plant(migrated_url: str, tmp_path: Path) -> Plant:
    """The small plant with its assets, loaded once."""
    plant = Plant(migrated_url, tmp_path)
    plant.load(NOW)
    return plant


def test_loading_twice_changes_nothing(plant: Plant) -> None:
    report = plant.load(LATER)
    assert str(report).startswith("site pump: nothing to change")
    assert report.counts["asset/stream"] == Counts(0, 0, 5, 0)
    assert report.counts["property"] == Counts(0, 0, 2, 0)
    assert report.counts["role"] == Counts(0, 0, 5, 0)


def test_the_plant_is_read_as_the_file_says_it(plant: Plant) -> None:
    model = plant.model(NOW)
    assert set(model.assets) == {"inlet_pumping", "mbr1", "permeate_pump"}
    assert set(model.streams) == {"influent", "feed"}
    tank, feed = model.assets["mbr1"], model.streams["feed"]
    assert (tank.kind, tank.line, tank.name["en"]) == ("membrane_tank", "main", "Membrane tank 1")
    assert model.assets["permeate_pump"].within == "mbr1"
    assert (feed.source, feed.target) == ("inlet_pumping", "mbr1")
    assert model.streams["influent"].source is None
    assert (tank.properties["membrane_area"].value, tank.properties["membrane_area"].unit) == (
        13750,
        "m2",
    )
    assert [each.key for each in model.of_kind("tank")] == ["mbr1"]
    assert [each.key for each in model.of_kind("water")] == ["influent", "feed"]
    assert plant.holder(NOW, "influent", "ammonium") == "in-qt-2"


def test_a_first_description_counts_from_the_beginning_unless_it_says_since_when(
    migrated_url: str, tmp_path: Path
) -> None:
    plant = Plant(migrated_url, tmp_path)
    newer = ('key = "feed"\n', 'key = "feed"\nsince = 2026-01-01\n')
    plant.load(NOW, newer, ('[13750, "m2"]', '[13750, "m2", 2026-05-01]'))
    then = plant.model(LONG_AGO)
    assert set(then.elements) == {"inlet_pumping", "mbr1", "permeate_pump", "influent"}
    assert set(then.assets["mbr1"].properties) == {"volume"}
    assert plant.holder(LONG_AGO, "influent", "flow") == "in-ft-1"
    assert "feed" in plant.model(NOW).streams


def test_roles_given_to_points_that_are_there_count_for_their_history(
    migrated_url: str, tmp_path: Path
) -> None:
    plant = Plant(migrated_url, tmp_path)
    plant.load(NOW, text=SITE_TOML)
    role = ('tag = "JV-FT-205"\n', 'tag = "JV-FT-205"\nrole = "feed.flow"\n')
    report = plant.load(LATER, role)
    assert report.counts["role"].created == 6
    assert plant.holder(LONG_AGO, "feed", "flow") == "flow"


def test_a_changed_property_stream_and_name_count_from_their_day(plant: Plant) -> None:
    report = plant.load(
        LATEST,
        ('[13750, "m2"]', '[15000, "m2", 2026-11-25]'),
        ('to = "mbr1"', 'to = "permeate_pump"'),
        ('en = "Suction pump"', 'en = "Permeate pump"'),
    )
    assert report.counts["property"] == Counts(0, 1, 1, 0)
    assert report.counts["asset/stream"] == Counts(0, 2, 3, 0)
    assert report.counts["element"] == Counts(0, 0, 5, 0)
    midnight = datetime(2026, 11, 24, 22, tzinfo=UTC)  # of 25 November in Helsinki
    areas = [
        plant.model(at).assets["mbr1"].properties["membrane_area"].value
        for at in (midnight - SECOND, midnight)
    ]
    assert areas == [13750, 15000]
    before, after = plant.model(LATEST - SECOND), plant.model(LATEST)
    assert [each.streams["feed"].target for each in (before, after)] == ["mbr1", "permeate_pump"]
    names = [each.assets["permeate_pump"].name["en"] for each in (before, after)]
    assert names == ["Suction pump", "Permeate pump"]


def test_a_role_that_moves_to_another_point_has_one_holder_at_any_time(plant: Plant) -> None:
    old = '[[point]]\nkey = "in-ft-1"\nrole = "influent.flow"\nunit = "m3/h"\n'
    new = '[[point]]\nkey = "in-ft-9"\nrole = "influent.flow"\nunit = "L/s"\n'
    plant.load(LATEST, (old, new))
    for at, holder in ((LONG_AGO, "in-ft-1"), (LATEST - SECOND, "in-ft-1"), (LATEST, "in-ft-9")):
        assert plant.holder(at, "influent", "flow") == holder


def test_two_points_that_change_places_do_so_at_once(plant: Plant) -> None:
    plant.load(
        LATER,
        ('role = "influent.flow"\nunit = "m3/h"', 'role = "feed.flow"\nunit = "m3/h"'),
    )
    assert plant.holder(LATER, "feed", "flow") == "in-ft-1"
    assert plant.holder(LATER, "influent", "flow") is None
    assert plant.holder(LATER - SECOND, "influent", "flow") == "in-ft-1"


def test_what_is_gone_from_the_file_is_gone_from_that_moment_and_may_return(plant: Plant) -> None:
    pump = without('[[asset]]\nkind = "pump"', '[[stream]]\nkind = "influent"', TEXT)
    text = without('[[point]]\nkey = "pump-ji"', text=pump)
    report = plant.load(LATER, text=text)
    assert report.counts["asset/stream"] == Counts(0, 0, 4, 1)
    assert report.counts["role"] == Counts(0, 0, 4, 1)
    assert "permeate_pump" in plant.model(LATER - SECOND).assets
    assert "permeate_pump" not in plant.model(LATER).elements
    assert not plant.load(LATEST, text=text).changed
    plant.load(LATEST)
    assert plant.holder(LATEST, "permeate_pump", "power") == "pump-ji"
    assert plant.holder(LATEST - SECOND, "permeate_pump", "power") is None


def test_a_property_that_was_taken_out_may_return_in_another_unit(plant: Plant) -> None:
    plant.load(LATER, (', volume = { value = 200, unit = "m3" }', ""))
    assert set(plant.model(LATER).assets["mbr1"].properties) == {"membrane_area"}
    plant.load(LATEST, ("value = 200, unit", "value = 200000, unit"), ('"m3" }', '"L" }'))
    assert plant.model(LATEST).assets["mbr1"].properties["volume"].unit == "L"
    assert plant.model(NOW).assets["mbr1"].properties["volume"].unit == "m3"


def test_history_is_not_rewritten(plant: Plant) -> None:
    plant.load(LATER, ('[13750, "m2"]', '[15000, "m2", 2026-11-25]'))
    with pytest.raises(SiteFileError) as caught:
        plant.load(LATEST, ('[13750, "m2"]', '[16000, "m2", 2026-11-20]'))
    (problem,) = caught.value.problems
    assert problem.startswith("property mbr1/membrane_area: the change would count from")
    with pytest.raises(SiteFileError, match="asset/stream feed: `since` lies in the future"):
        plant.load(LATEST, ('key = "feed"\n', 'key = "feed"\nsince = 2030-01-01\n'))


def test_two_sites_have_their_own_elements(plant: Plant) -> None:
    other = ('key = "pump"\nname = { fi = "Pumppaamo"', 'key = "other"\nname = { fi = "Toinen"')
    plant.load(LATER, other)
    assert plant.load(LATEST).counts["asset/stream"] == Counts(0, 0, 5, 0)
    assert len(plant.model(LATEST).roles) == 5


def test_assets_stand_in_the_order_of_the_file_also_when_it_changes(plant: Plant) -> None:
    assert list(plant.model(LATEST).elements) == [
        *("inlet_pumping", "mbr1", "permeate_pump", "influent", "feed"),
    ]
    new = '[[asset]]\nkind = "screen"\n\n[[asset]]\nkind = "inlet_pumping"\n'
    plant.load(LATEST, ('[[asset]]\nkind = "inlet_pumping"\n', new))
    assert list(plant.model(LATEST).elements)[:2] == ["screen", "inlet_pumping"]
