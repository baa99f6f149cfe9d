"""A site's own key figures: loaded with their dates, shown on their pages, to who sees the site."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from dash import Dash
from plotly.utils import PlotlyJSONEncoder

from dashboard.analysis.kpi.site_comparison import rows
from dashboard.analysis.kpi.values import KpiSite, KpiValue
from dashboard.pages.boards.cards import has_content
from dashboard.pages.boards.layout import board_page
from dashboard.store.kpi_cache import computed
from dashboard.store.plant import Plant, read_plant
from dashboard.web.display import DisplaySettings
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from schemas.catalogue.key_figures import key_figures
from schemas.catalogue.pages import pages
from schemas.catalogue.site_figures import MissingFigure
from schemas.site.load import Counts, LoadReport, load
from schemas.site.reader import read
from tests.fixtures.site_files import ELEMENTS_TOML, SITE_TOML, edited, written
from tests.fixtures.viewing import viewing

NOW = datetime(2026, 9, 20, 12, tzinfo=UTC)
LOADED = NOW - timedelta(days=9)
LATER = NOW - timedelta(days=2)
WHOLE = SITE_TOML + ELEMENTS_TOML
FIGURE = """
[[key_figure]]
key = "own_pressure"
name = { fi = "Oma paine", sv = "Eget tryck", en = "Own pressure" }
formula = 'mean(mbr1x)'
unit = "kPa"
boundary = "tank 1"
source = "own"
page = "supply"
""".replace("mbr1x", 'point("main/mbr1-pdt-4")')


@dataclass(frozen=True)
class Loaded:
    url: str
    folder: Path

    def load(self, now: datetime, text: str = FIGURE, site: str = WHOLE) -> LoadReport:
        return load(self.url, read(written(self.folder, site + text)), now=now)

    def plant(self, at: datetime = NOW, viewer: str = "operator", site: str = "pump") -> Plant:
        with viewing(self.url, viewer) as connection:
            return read_plant(connection, at, site)

    def values(self, plant: Plant) -> dict[str, KpiValue]:
        site = KpiSite(plant.key, plant.zone, plant.points, plant.kpis)
        with viewing(self.url) as connection:
            return computed(connection, site, NOW)


@pytest.fixture
def loaded(migrated_url: str, tmp_path: Path) -> Loaded:
    found = Loaded(migrated_url, tmp_path)
    found.load(LOADED)
    return found


def _messages() -> Iterator[Message]:
    for step in range(3 * 144):
        at = NOW - step * timedelta(minutes=10)
        # One that never changes would be a dead transmitter.
        payload = json.dumps({"t": at.isoformat(), "v": 12.4 + 0.2 * (step % 2)}).encode()
        yield Message("pump/main/mbr1-pdt-4", payload, round(at.timestamp() * 1e6))


def test_it_is_dated_and_what_is_gone_is_gone_from_then_on(loaded: Loaded) -> None:
    assert loaded.load(LATER).counts["key figure definition"] == Counts(0, 0, 1, 0)
    changed = loaded.load(LATER, edited(('unit = "kPa"', 'unit = "bar"'), text=FIGURE))
    assert changed.counts["key figure definition"] == Counts(0, 1, 0, 0)
    units = [loaded.plant(at).own_figures[0].unit for at in (LATER - timedelta(hours=1), NOW)]
    assert units == ["kPa", "bar"]
    assert loaded.load(LATER + timedelta(days=1), "").counts["key figure definition"][3] == 1
    assert loaded.plant(LATER + timedelta(hours=1)).own_figures
    assert not loaded.plant().own_figures
    assert loaded.load(NOW, "").counts["key figure definition"] == Counts(0, 0, 0, 0)


def test_its_page_has_its_tile_also_if_it_has_nothing_else(loaded: Loaded) -> None:
    Dash(__name__)
    assert backfill(loaded.url, list(_messages())).committed
    plant, supply = loaded.plant(), pages()["supply"]
    assert has_content(supply, plant)
    display = DisplaySettings("sv", plant.zone, "light", 1_600.0)
    values = loaded.values(plant)
    value = values["own_pressure"]
    assert value.value == pytest.approx(12.5)
    layout = board_page(supply, plant, [value], display)
    shown = json.dumps(layout, cls=PlotlyJSONEncoder, ensure_ascii=False)
    assert "kpi-own_pressure" in shown
    assert "Eget tryck" in shown


def test_a_point_that_is_gone_is_said_on_its_page(loaded: Loaded) -> None:
    point = ELEMENTS_TOML[ELEMENTS_TOML.index('[[point]]\nkey = "mbr1-pdt-4"') :]
    point = point[: point.index("[[point]]", 5)]
    loaded.load(LATER, "", edited((point, ""), text=WHOLE))
    with psycopg.connect(loaded.url) as connection:
        connection.execute("DELETE FROM key_figure_definition WHERE definition IS NULL")
    plant = loaded.plant()
    (missing,) = [each for each in plant.missing if each.figure.key == "own_pressure"]
    assert missing.point == "main/mbr1-pdt-4"
    display = DisplaySettings("en", plant.zone, "light", 1_600.0)
    page = json.dumps(board_page(pages()["supply"], plant, [], display), cls=PlotlyJSONEncoder)
    assert "the site has no point main/mbr1-pdt-4" in page


def test_who_sees_a_trial_learns_of_no_own_key_figure(loaded: Loaded) -> None:
    with psycopg.connect(loaded.url) as connection:
        connection.execute("INSERT INTO viewer (viewer, name) VALUES ('guest', 'Guest')")
        connection.execute(
            "INSERT INTO point_grant (viewer, point_id) SELECT 'guest', point_id FROM point"
        )
    seen = loaded.plant(viewer="guest")
    assert seen.points
    assert not seen.own_figures


def test_sites_that_describe_one_alike_are_compared_by_it(loaded: Loaded) -> None:
    backfill(loaded.url, list(_messages()))
    other = WHOLE.replace('key = "pump"\nname', 'key = "second"\nname', 1)
    other = other.replace('topic = "gateway/', 'topic = "other/')
    loaded.load(LOADED, FIGURE, other)
    figure = loaded.plant().own_figures[0]

    def compared(*plants: Plant) -> tuple[object, object]:
        missing = [{each.figure.key: each for each in plant.missing} for plant in plants]
        values = [loaded.values(plant) for plant in plants]
        found = rows([*key_figures().values(), figure], values, missing)
        (row,) = [row for row in found if row.figure.key == "own_pressure"]
        return row.cells[0], row.cells[1]

    alike = compared(loaded.plant(), loaded.plant(site="second"))
    assert all(isinstance(cell, KpiValue) for cell in alike)
    loaded.load(LATER, edited(("mean(", "max("), text=FIGURE), other)
    first, second = compared(loaded.plant(), loaded.plant(site="second"))
    assert isinstance(first, KpiValue)
    assert isinstance(second, MissingFigure), "another formula has the same key there"
