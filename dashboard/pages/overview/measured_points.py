"""What a site measures, by line and place: for sites that do not say what their points mean."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from dash import dcc, html

from dashboard.components.card import card
from dashboard.components.value_tile import chip
from dashboard.store.plant import Plant, SitePoint
from dashboard.web.display import DisplaySettings

POINTS_MAX = 240


def measured_points(plant: Plant, display: DisplaySettings) -> Any:
    """Return a card for each line with the live values of its points, by their area."""
    shown = sorted(plant.points.values(), key=lambda point: (point.line, point.area, point.key))
    left_out = len(shown) - POINTS_MAX
    cards = [
        card(display.name(points[0].line_name), list(_areas(points, display)))
        for points in _grouped(shown[:POINTS_MAX], "line")
    ]
    parts: list[Any] = [html.Div(cards, className="places")]
    if left_out > 0:
        sentence = display.text("overview.more_points", count=left_out)
        trends = dcc.Link(
            display.text("nav.trends"), href=display.address("/trends"), className="text-link"
        )
        parts.append(html.Div([sentence, " ", trends], className="note"))
    return html.Div(parts)


def _areas(points: list[SitePoint], display: DisplaySettings) -> Iterator[Any]:
    for found in _grouped(points, "area"):
        chips = [chip(point, display, display.name(point.name)) for point in found]
        yield html.Div(
            [html.Div(found[0].area, className="asset-name"), html.Div(chips, className="chips")],
            className="asset-row",
        )


def _grouped(points: list[SitePoint], by: str) -> list[list[SitePoint]]:
    return [list(found) for _, found in groupby(points, key=lambda point: getattr(point, by))]
