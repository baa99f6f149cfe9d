"""A page of live values, key figures and cards, such as flows, energy and quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.analysis.kpi.values import KpiValue
from dashboard.components.card import card, chart_place
from dashboard.components.chart_card import Card, lending
from dashboard.components.chart_key import chart_key
from dashboard.components.kpi_tile import key_figure, missing_text
from dashboard.components.value_tile import tile
from dashboard.store.limits import LimitRow, in_unit
from dashboard.store.plant import Plant
from dashboard.web.display import Reader
from dashboard.web.trend_url import PRESETS_S

WINDOWS = ("24h", "7d", "30d")
DEFAULT_WINDOW = "24h"


@dataclass(frozen=True)
class Board:
    """What a board shows: live points by their roles, key figures, cards.

    `limits_of` lends limits of roles of the laboratory to roles of online points.
    """

    key: str
    live: Sequence[str]
    kpis: Sequence[str]
    cards: Sequence[Card]
    limits_of: Mapping[str, str]


def board_page(
    board: Board, plant: Plant, figures: Sequence[KpiValue], reader: Reader
) -> list[Any]:
    """Return the page; its charts are empty until `dashboard.pages.boards` fills them."""
    lenders = lending(plant.roles, board.limits_of)
    tiles = [
        tile(plant.points[path], reader, limits=limits_for(path, plant, lenders))
        for path in plant.roles.paths(*board.live)
    ]
    return [
        html.H1(reader.text(f"nav.{board.key}"), className="page-name"),
        html.Div(
            [key_figure(figure, plant.points, reader) for figure in figures], className="tiles"
        ),
        html.Div(missing_figures(plant, board.kpis, reader), className="note"),
        html.Div(tiles, className="tiles"),
        html.Div([window_choice(board.key, reader), chart_key(reader)], className="toolbar"),
        html.Div([_card(board.key, one, reader) for one in board.cards], className="cards"),
    ]


def missing_figures(plant: Plant, keys: Sequence[str], reader: Reader) -> list[Any]:
    """Return a line for each key figure of `keys` that the site does not have: what it needs."""
    lines = [
        missing_text(missing, plant, reader)
        for key in keys
        for missing in plant.missing
        if missing.figure.key == key
    ]
    return [html.Div(line) for line in lines]


def limits_for(path: str, plant: Plant, lenders: Mapping[str, str]) -> list[LimitRow]:
    """Return the limits of a point, and those of the laboratory point that stands for it."""
    point, lender = plant.points[path], plant.points.get(lenders.get(path, ""))
    own = plant.limits_in_force(point)
    if lender is None:
        return own
    lent = plant.limits_in_force(lender)
    return [*own, *in_unit(lent, lender.definitions.unit, point.definitions.unit)]


def window_choice(board: str, reader: Reader) -> Any:
    """Return the choice of the window that all charts of a board share."""
    return dmc.SegmentedControl(
        id={"type": "window", "board": board},
        data=[{"value": one, "label": reader.text(f"window.{one}")} for one in WINDOWS],
        value=DEFAULT_WINDOW,
        persistence=True,
        **{"aria-label": reader.text("window.choose")},
    )


def _card(board: str, one: Card, reader: Reader) -> Any:
    place = {"board": board, "card": one.key.replace(".", "-")}
    body = [
        html.Div(id={"type": "legend", **place}, className="legend"),
        chart_place({"type": "graph", **place}),
        html.Div(id={"type": "note", **place}, className="note"),
    ]
    tools = html.Div(id={"type": "tools", **place})
    return card(reader.text(one.key), body, wide=one.wide, tools=tools)


def width_of(window: str) -> float:
    """Return the seconds of a window's name; the default for an unknown one."""
    return PRESETS_S.get(window, PRESETS_S[DEFAULT_WINDOW])
