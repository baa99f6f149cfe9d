"""A page of live values, key figures and cards, such as flows, energy and quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.components.card import card, chart_place
from dashboard.components.chart_card import Card
from dashboard.components.chart_key import chart_key
from dashboard.components.kpi_tile import key_figure
from dashboard.components.value_tile import tile
from dashboard.store.kpi_values import KpiValue
from dashboard.store.limits import LimitRow, in_unit
from dashboard.store.plant import Plant
from dashboard.web.display import Reader
from dashboard.web.trend_url import PRESETS_S

WINDOWS = ("24h", "7d", "30d")
DEFAULT_WINDOW = "24h"


@dataclass(frozen=True)
class Board:
    """What a board shows: live points, key figures, cards; `limits_of` lends limits to points."""

    key: str
    live: Sequence[str]
    kpis: Sequence[str]
    cards: Sequence[Card]
    limits_of: Mapping[str, str]


def board_page(
    board: Board, plant: Plant, figures: Mapping[str, KpiValue], reader: Reader
) -> list[Any]:
    """Return the page; its charts are empty until `dashboard.pages.boards` fills them."""
    tiles = [
        tile(plant.points[name], reader, limits=limits_for(name, plant, board.limits_of))
        for name in board.live
        if name in plant.points
    ]
    return [
        html.H1(reader.text(f"nav.{board.key}"), className="page-name"),
        html.Div(
            [
                key_figure(figures[key], plant.points, reader)
                for key in board.kpis
                if key in figures
            ],
            className="tiles",
        ),
        html.Div(tiles, className="tiles"),
        html.Div([window_choice(board.key, reader), chart_key(reader)], className="toolbar"),
        html.Div([_card(board.key, one, reader) for one in board.cards], className="cards"),
    ]


def limits_for(name: str, plant: Plant, limits_of: Mapping[str, str]) -> list[LimitRow]:
    """Return the limits of a point, and those of the laboratory point that stands for it."""
    point, lender = plant.points[name], plant.points.get(limits_of.get(name, ""))
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
