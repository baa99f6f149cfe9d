"""How a page of the catalogue is laid out: key figures, live values, cards, and what is missing."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.analysis.kpi.values import KpiValue
from dashboard.components.card import card, chart_place, folded_on_phone
from dashboard.components.chart_card import Card, lending
from dashboard.components.chart_key import chart_key
from dashboard.components.kpi_tile import key_figure, missing_lines
from dashboard.components.value_tile import deviation_mark, tile, watched
from dashboard.pages.boards.cards import cards_of, laboratory_of, lacking
from dashboard.pages.boards.shown import TILES_OF_ONE_ROLE_MAX, left_out
from dashboard.pages.not_found import gone_text
from dashboard.store.lent_limits import lent
from dashboard.store.limits import LimitRow
from dashboard.store.plant import Plant
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import PRESETS_S
from schemas.catalogue.pages import PageData
from schemas.catalogue.site_figures import MissingFigure

OPEN_ON_PHONE = 1  # cards; the others are folded there, so that the page is no scroll of charts
WINDOWS = ("24h", "7d", "30d")
DEFAULT_WINDOW = "24h"


def board_page(
    board: PageData, plant: Plant, figures: Sequence[KpiValue], display: DisplaySettings
) -> list[Any]:
    """Return the page; its charts are empty until its callback fills them."""
    cards = cards_of(board, plant)
    tiles = value_tiles(board, plant, display, each_max=TILES_OF_ONE_ROLE_MAX)
    if not cards and not tiles and not figures:
        return _nothing(board, plant, display)
    return [
        html.H1(display.name(board.name), className="page-name"),
        html.Div([key_figure(each, plant.points, display) for each in figures], className="tiles"),
        html.Div(tiles, className="tiles"),
        *(html.Div(each, className="note") for each in left_out(board, plant, display)),
        html.Div([window_choice(board.key, display), chart_key(display)], className="toolbar")
        if cards
        else None,
        html.Div(
            [
                _card(board.key, each, plant, display, folds=place >= OPEN_ON_PHONE)
                for place, each in enumerate(cards)
            ],
            className="cards",
        ),
        _missing(board, plant, display),
    ]


def _nothing(board: PageData, plant: Plant, display: DisplaySettings) -> list[Any]:
    """Return what stands at the address of a page of which the plant has nothing."""
    name = display.name(board.name)
    return [
        html.H1(name, className="page-name"),
        html.Div(gone_text("page", name, display), className="notice"),
        _missing(board, plant, display),
    ]


def value_tiles(
    board: PageData, plant: Plant, display: DisplaySettings, *, each_max: int
) -> list[Any]:
    """Return a tile for each point of the page's values, `each_max` of one role at the most."""
    lenders = lending(plant.roles, laboratory_of(value.of for value in board.values))
    return [
        tile(
            plant.points[path],
            display,
            label=display.name(value.name) if value.name else "",
            limits=limits_for(path, plant, lenders),
        )
        for value in board.values
        for path in plant.roles.paths(value.of)[:each_max]
        if path in plant.points
    ]


def limits_for(path: str, plant: Plant, lenders: Mapping[str, str]) -> list[LimitRow]:
    """Return the limits of a point, and those of the laboratory point that stands for it."""
    point, lender = plant.points[path], plant.points.get(lenders.get(path, ""))
    own = plant.limits_in_force(point)
    if lender is None:
        return own
    return [*own, *lent(plant.limits_in_force(lender), lender, point)]


def window_choice(board: str, display: DisplaySettings) -> Any:
    """Return the choice of the window that all charts of a board share."""
    return dmc.SegmentedControl(
        id={"type": "window", "board": board},
        data=[{"value": one, "label": display.text(f"window.{one}")} for one in WINDOWS],
        value=DEFAULT_WINDOW,
        persistence=True,
        **{"aria-label": display.text("window.choose")},
    )


def _card(board: str, each: Card, plant: Plant, display: DisplaySettings, *, folds: bool) -> Any:
    place = {"board": board, "card": each.key}
    body = [
        html.Div(id={"type": "legend", **place}, className="legend"),
        chart_place({"type": "graph", **place}),
        html.Div(id={"type": "note", **place}, className="note"),
    ]
    tools = html.Div(id={"type": "tools", **place})
    title = display.name(each.name)
    if not folds:
        return card(title, body, wide=each.wide, tools=tools)
    # By its sign whoever has a phone sees which one to open.
    points = [plant.points[path] for path in each.points if path in plant.points]
    head = [deviation_mark(), title]
    return folded_on_phone(head, body, wide=each.wide, tools=tools, **watched(points))


def _missing(board: PageData, plant: Plant, display: DisplaySettings) -> Any:
    """Return, folded into a line that counts them, what charts and key figures lack."""
    charts = [display.name(each.name) for each in lacking(board, plant)]
    figures = missing_figures(plant.figures_on(board), plant)
    lines = [display.text("page.lacks", charts=", ".join(charts))] if charts else []
    lines += missing_lines(figures, plant, display)
    if not lines:
        return None
    count = len(charts) + len(figures)
    summary = html.Summary(display.text("page.not_shown", count=count))
    content = [summary, *map(html.Div, lines)]
    return html.Details(content, className="note page-lacks")


def missing_figures(keys: Sequence[str], plant: Plant) -> list[MissingFigure]:
    """Return the key figures of `keys` that the site does not have."""
    return [each for key in keys for each in plant.missing if each.figure.key == key]


def width_of(window: str) -> float:
    """Return the seconds of a window's name; the default for an unknown one."""
    return PRESETS_S.get(window, PRESETS_S[DEFAULT_WINDOW])
