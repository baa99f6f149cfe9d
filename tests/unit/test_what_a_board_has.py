"""Which boards a plant has, and what a value says of itself."""

import json
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

from dash import Dash
from plotly.utils import PlotlyJSONEncoder

from dashboard.components.value_tile import hint
from dashboard.pages.boards.cards import cards_of, has_content
from dashboard.pages.boards.layout import board_page
from dashboard.store.plant import Plant, SitePoint
from dashboard.web.display import DisplaySettings
from schemas.catalogue.pages import pages
from tests.fixtures.formulas import roles_of

ZONE = ZoneInfo("Europe/Helsinki")


def test_a_water_works_that_counts_its_electricity_has_a_page_of_energy() -> None:
    """A works with two counters, of electricity and of water, had none."""
    Dash(__name__)
    roles = roles_of({"m/e": "main_meter.energy", "m/v": "drinking_water.volume"})
    plant = Plant("works", {}, ZONE, {}, {}, {}, roles)
    assert has_content(pages()["energy"], plant)


def test_tanks_and_counted_sludge_stand_on_a_page() -> None:
    """A plant that counts its excess sludge had no page of sludge, its balance tank was on none."""
    Dash(__name__)
    roles = roles_of({"m/v": "excess_sludge.volume", "m/l": "sludge_tank.level"})
    assert has_content(pages()["sludge"], Plant("sbr", {}, ZONE, {}, {}, {}, roles))
    for role in ("equalisation_tank.fill", "stormwater_tank.level"):
        plant = Plant("sbr", {}, ZONE, {}, {}, {}, roles_of({"m/t": role}))
        assert has_content(pages()["flows"], plant)


def test_a_phone_folds_all_charts_of_a_board_but_the_first() -> None:
    """The page of seven pilots was 9 000 px of charts, with no word of which one deviates."""
    Dash(__name__)
    roles = roles_of(
        {"m/n": "effluent.ammonium", "m/p": "effluent.phosphate", "m/h": "effluent.ph"}
    )
    plant = Plant("works", {}, ZONE, {}, {}, {}, roles)
    display = DisplaySettings("en", ZONE, "light", 390.0)
    page = json.dumps(board_page(pages()["quality"], plant, (), display), cls=PlotlyJSONEncoder)
    assert len(cards_of(pages()["quality"], plant)) == 3
    assert page.count("phone-folded") == page.count("stage-mark") == page.count("data-members") == 2


def test_a_pointer_on_a_value_is_told_the_note_of_its_point() -> None:
    """Notes of the site file were shown nowhere."""
    point = SimpleNamespace(
        tag="FT-1",
        name={"en": "Flow"},
        typical_lo=None,
        typical_hi=None,
        provenance="measured",
        note="behind the screens",
    )
    display = DisplaySettings("en", ZONE, "light", 1_600.0)
    assert hint(cast(SitePoint, point), display) == "FT-1 Flow\nbehind the screens"
