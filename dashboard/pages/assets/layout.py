"""How the page of an asset or a stream is laid out."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.analysis.kpi.values import KpiValue
from dashboard.components.card import card, chart_place
from dashboard.components.chart_key import chart_key
from dashboard.components.kpi_tile import key_figure
from dashboard.components.value_tile import chip, tile
from dashboard.pages.assets.contents import Contents, RolePoint, role_points
from dashboard.pages.assets.links import element_link
from dashboard.pages.assets.parallel import parallel_to
from dashboard.pages.assets.records import instruments, notes, properties
from dashboard.store.element_page import ElementRecords
from dashboard.store.plant import Plant
from dashboard.store.plant_model import Element
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue

WINDOWS = ("24h", "7d", "30d")
DEFAULT_WINDOW = "24h"
PARALLEL_MAX = 24
ROWS_MAX = 24  # parts and streams with their values; the others have a link each


def asset_page(
    found: Contents,
    plant: Plant,
    records: ElementRecords,
    figures: Sequence[KpiValue],
    display: DisplaySettings,
) -> list[Any]:
    """Return the page; its chart is empty until the page's callback fills it."""
    element = found.element
    cards = [
        _trend(display) if found.drawn else None,
        _streams(found, plant, display),
        _parts(found, plant, display),
        properties(records.properties, display),
        notes(records.notes, found.points, display),
        instruments(records.instruments, found.points, display),
    ]
    return [
        html.H1(display.name(element.name), className="page-name"),
        _facts(element, plant, display),
        html.Div([key_figure(each, plant.points, display) for each in figures], className="tiles"),
        html.Div([_tile(one, plant, display) for one in found.own], className="tiles"),
        _lacks(found, figures, display),
        html.Div([each for each in cards if each is not None], className="cards"),
        dcc.Store(id="asset-key", data=element.key),
    ]


def _facts(element: Element, plant: Plant, display: DisplaySettings) -> Any:
    """Return what kind of thing it is and where it stands, with the way to what is around it."""
    kind = display.name(catalogue().kinds[element.kind].name)
    facts: dict[str, Any] = {}
    if kind != display.name(element.name):
        facts["asset.kind"] = kind
    facts["asset.line"] = _line_name(element, plant, display)
    for key, other in (
        ("asset.within", element.within),
        ("asset.from", element.source),
        ("asset.to", element.target),
    ):
        if other in plant.model.elements:
            facts[key] = element_link(str(other), plant, display)
    if others := parallel_to(element.key, plant)[:PARALLEL_MAX]:
        links = [part for key in others for part in (element_link(key, plant, display), " ")]
        facts["asset.parallel"] = links
    items = [html.Div([html.Dt(display.text(key)), html.Dd(what)]) for key, what in facts.items()]
    return html.Dl(items, className="facts asset-facts")


def _line_name(element: Element, plant: Plant, display: DisplaySettings) -> str:
    """Return the name of its line, as far as a point of the line tells it."""
    names = (point.line_name for point in plant.points.values() if point.line == element.line)
    found = next(names, None)
    return element.line if found is None else display.name(found)


def _tile(one: RolePoint, plant: Plant, display: DisplaySettings) -> Any:
    role = catalogue().roles.get(one.role)
    label = display.name(one.point.name) if role is None else display.name(role.name)
    return tile(one.point, display, label=label, limits=plant.limits_in_force(one.point))


def _lacks(found: Contents, figures: Sequence[KpiValue], display: DisplaySettings) -> Any:
    """Say in a line what there is nothing of."""
    lacking = [
        display.text(key)
        for key, is_there in (
            ("asset.no_points", found.points),
            ("asset.no_figures", figures),
        )
        if not is_there
    ]
    return html.Div(" ".join(lacking), className="note") if lacking else None


def _trend(display: DisplaySettings) -> Any:
    choice = dmc.SegmentedControl(
        id="asset-window",
        data=[{"value": one, "label": display.text(f"window.{one}")} for one in WINDOWS],
        value=DEFAULT_WINDOW,
        **{"aria-label": display.text("window.choose")},
    )
    body = [
        html.Div([choice, chart_key(display)], className="toolbar card-toolbar"),
        html.Div(id="asset-legend", className="legend"),
        chart_place("asset-chart"),
        html.Div(id="asset-note", className="note"),
    ]
    return card(display.text("asset.trend"), body, wide=True, tools=html.Div(id="asset-tools"))


def _parts(found: Contents, plant: Plant, display: DisplaySettings) -> Any:
    """Return what an asset contains, each with its values."""
    if not found.parts:
        return None
    rows = [_row(part, plant, display) for part in found.parts[:ROWS_MAX]]
    return card(display.text("asset.parts"), [*rows, _more(found.parts, plant, display)])


def _streams(found: Contents, plant: Plant, display: DisplaySettings) -> Any:
    """Return what flows in and out, each with its values and the way to its other end."""
    if not found.coming and not found.leaving:
        return None
    streams = [("←", each, each.source) for each in found.coming]
    streams += [("→", each, each.target) for each in found.leaving]
    rows = [_row(each.key, plant, display, sign, other) for sign, each, other in streams[:ROWS_MAX]]
    keys = [each.key for _, each, _ in streams]
    return card(display.text("asset.streams"), [*rows, _more(keys, plant, display)])


def _more(keys: Sequence[str], plant: Plant, display: DisplaySettings) -> Any:
    """Return the way to those beyond the rows of a card, folded away."""
    rest = keys[ROWS_MAX:]
    if not rest:
        return None
    links = [html.Div(element_link(key, plant, display)) for key in rest]
    summary = html.Summary(display.text("live.more", count=len(rest)))
    return html.Details([summary, *links], className="folded")


def _row(
    key: str, plant: Plant, display: DisplaySettings, sign: str = "", other: str | None = None
) -> Any:
    name: list[Any] = [element_link(key, plant, display)]
    if other in plant.model.elements:
        name += [f" {sign} ", element_link(str(other), plant, display)]
    chips = [
        chip(one.point, display, display.name(catalogue().roles[one.role].name))
        for one in role_points(key, plant)
        if one.role in catalogue().roles
    ]
    return html.Div(
        [html.Div(name, className="asset-name"), html.Div(chips, className="chips")],
        className="asset-row",
    )
