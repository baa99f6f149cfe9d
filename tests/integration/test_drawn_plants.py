"""A plant that nobody shipped: every page that its roles allow is filled, or says what it lacks."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dash import Dash
from plotly.utils import PlotlyJSONEncoder

from dashboard.analysis.kpi.values import KpiSite
from dashboard.analysis.window import ending
from dashboard.components.chart_card import ChartContext, drawn
from dashboard.pages.boards.cards import cards_of, has_content, lacking
from dashboard.pages.boards.layout import board_page, missing_figures
from dashboard.pages.overview.process_drawing import process
from dashboard.store.kpi_cache import computed
from dashboard.store.plant import Plant, read_plant
from dashboard.web.display import DisplaySettings
from ingest.pipeline.backfill import backfill
from schemas.catalogue.pages import PageData, pages
from schemas.site.load import load
from schemas.site.model import Site
from schemas.site.reader import read
from tests.fixtures.cells import cells
from tests.fixtures.command_line import ROOT
from tests.fixtures.drawn_plants import SHAPES, Past, drawn_plant, readings
from tests.fixtures.site_files import written
from tests.fixtures.viewing import viewing

NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)  # in Denver the clocks go back on this day
DAYS = 3
CHANGE, STEP = NOW - timedelta(days=1), timedelta(minutes=10)
WIDTHS_S = (86_400.0, 7 * 86_400.0)
SITES = ROOT / "deploy/sites"
BINARY = re.compile(r'"bdata": "[^"]*"')  # columns of numbers, in which any letters may stand
EMPTY = {"fi": "Ei lukemia", "sv": "Inga avläsningar", "en": "No readings"}


@pytest.fixture(scope="module", autouse=True)
def app() -> Dash:
    """What knows the addresses of symbols."""
    return Dash(__name__)


@pytest.mark.parametrize("shape", cells(SHAPES, quick=SHAPES.keys() - {"large"}))
def test_every_page_that_a_drawn_plant_allows_is_filled(
    shape: str, tmp_path: Path, migrated_url: str, chance: random.Random
) -> None:
    plant = drawn_plant(chance, SHAPES[shape])
    before = read(written(tmp_path, plant.text))
    assert len(before.point) >= SHAPES[shape].points
    load(migrated_url, before, now=NOW - timedelta(days=30))
    _send(migrated_url, before, Past(CHANGE - STEP, DAYS - 1), chance)
    site = read(written(tmp_path, plant.later))
    load(migrated_url, site, now=CHANGE)
    _send(migrated_url, site, Past(NOW, 1), chance)
    _assert_pages(migrated_url, site, chance.choice(("sv", "en", "fi")))


@pytest.mark.parametrize("shipped", sorted(SITES.iterdir()), ids=lambda path: path.name)
def test_every_page_that_a_shipped_site_allows_is_filled(shipped: Path, migrated_url: str) -> None:
    """Nothing feeds `koskenranta` in the demonstration: here it has values."""
    site = read(shipped)
    load(migrated_url, site, now=NOW - timedelta(days=30))
    _send(migrated_url, site, Past(NOW, DAYS, timedelta(minutes=30)), random.Random(7))
    _assert_pages(migrated_url, site, "fi")


def _send(url: str, site: Site, past: Past, chance: random.Random) -> None:
    messages = list(readings(site, past, chance))
    assert backfill(url, messages).committed == len(messages)


def _assert_pages(url: str, site: Site, language: str) -> None:
    display = DisplaySettings(language, site.zone, "light", 1_600.0)
    with viewing(url) as connection:
        found = read_plant(connection, NOW, site.key)
        assert len(found.points) == len(site.point)
        assert [each for each in found.missing if each.need and each.need.unit] == []
        allowed = [page for page in pages().values() if has_content(page, found)]
        for page in allowed:
            _assert_filled(page, found, connection, display)
        _assert_text(process(found, display), display)


def _assert_filled(
    page: PageData, plant: Plant, connection: psycopg.Connection, display: DisplaySettings
) -> None:
    """Render a whole page and all its charts, as the server sends them."""
    site = KpiSite(plant.key, plant.zone, plant.points, plant.kpis_of(plant.figures_on(page)))
    figures = list(computed(connection, site, NOW).values())
    layout = _assert_text(board_page(page, plant, figures, display), display)
    for figure in figures:
        assert f"kpi-{figure.kpi.key}" in layout
    missing = [*lacking(page, plant), *missing_figures(plant.figures_on(page), plant)]
    assert ("page-lacks" in layout) == bool(missing), page.key
    for card in cards_of(page, plant):
        assert display.name(card.name) in layout
        for width_s in WIDTHS_S:
            window = ending(NOW, width_s)
            context = ChartContext(connection, plant.points, plant.roles, window, NOW, display)
            result = drawn(card, context)
            where = f"{page.key}, {card.key}, {width_s:.0f} s"
            assert result is not None, where
            shown = _assert_text(result.figure, display)
            assert _has_data(json.loads(shown)), f"{where}: {shown[:400]}"
            assert result.points, where


def _has_data(figure: dict[str, Any]) -> bool:
    """Tell whether anything is drawn that has a value."""
    return any(_is_drawn(trace.get("y")) for trace in figure["data"])


def _is_drawn(values: Any) -> bool:
    if isinstance(values, dict):  # numbers in binary
        return bool(values.get("bdata"))
    return any(value is not None for value in values or [])


def _assert_text(component: Any, display: DisplaySettings) -> str:
    """Return what the browser gets; fail if a text of the catalogue or a value is not there."""
    text = json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)
    words = BINARY.sub("", text)
    for sign in ("NaN", "Infinity", "None", EMPTY[display.language]):
        assert sign not in words, f"{sign} in {words[max(0, words.index(sign) - 200) :][:400]}"
    return text
