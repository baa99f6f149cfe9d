"""The way to the page of an asset or a stream."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.store.plant import Plant, SitePoint
from dashboard.web.display import DisplaySettings

PATH = "/asset/{key}"


def element_path(key: str) -> str:
    """Return the path of an asset's or a stream's page."""
    return PATH.format(key=key)


def element_link(key: str, plant: Plant, display: DisplaySettings) -> Any:
    """Return a link to an asset or a stream, which the plant must have, by its name."""
    name = display.hyphenated(display.name(plant.item_names[key]))
    return dcc.Link(name, href=display.address(element_path(key)), className="text-link")


def place_links(points: Sequence[SitePoint], plant: Plant, display: DisplaySettings) -> list[Any]:
    """Return the way from points to where they measure, and so to what is measured beside them."""
    items = {path: item for (item, _), path in plant.roles.points.items()}
    found = dict.fromkeys(items[point.path] for point in points if point.path in items)
    if not found:
        return []
    links = [
        dcc.Link(
            display.hyphenated(display.name(plant.item_names[key])),
            href=display.address(element_path(key)),
            className="quiet-link",
        )
        for key in found
    ]
    parts = [part for link in links for part in (" ", link)]
    return [html.Div([display.text("asset.place"), *parts], className="mark-links")]
