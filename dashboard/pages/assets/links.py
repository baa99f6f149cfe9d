"""The way to the page of an asset or a stream."""

from typing import Any

from dash import dcc

from dashboard.store.plant import Plant
from dashboard.web.display import DisplaySettings

PATH = "/asset/{key}"


def element_path(key: str) -> str:
    """Return the path of an asset's or a stream's page."""
    return PATH.format(key=key)


def element_link(key: str, plant: Plant, display: DisplaySettings) -> Any:
    """Return a link to an asset or a stream, which the plant must have, by its name."""
    name = display.hyphenated(display.name(plant.item_names[key]))
    return dcc.Link(name, href=display.address(element_path(key)), className="text-link")
