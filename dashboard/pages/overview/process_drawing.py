"""The process drawing, made of the plant's assets and streams, with their live values.

On a wide screen the water runs from left to right, on a phone from top to bottom; the drawing is a
grid of stages, so it is readable on both and never scaled down. The page's script lays the pipes.
"""

import json
from collections.abc import Sequence
from typing import Any

from dash import dcc, get_asset_url, html

from dashboard.analysis.process_layout import (
    Asset,
    ProcessLayout,
    Side,
    Stage,
    Stream,
    process_layout,
)
from dashboard.components.value_tile import chip, group_chip
from dashboard.pages.assets.links import element_path
from dashboard.pages.overview.process_pipes import drawn_pipes
from dashboard.store.plant import Plant
from dashboard.store.plant_model import Element
from dashboard.web.display import DisplaySettings
from dashboard.web.hyphens import hyphenated
from schemas.catalogue import catalogue

OWN_VALUES_MAX = 3
WAYS_MAX = 4
STREAM_CHIPS_MAX = 1
PRODUCTS = frozenset({"effluent", "drinking_water"})
# What tells most of a place comes first; other roles are on the pages behind.
ROLES_SHOWN = (
    "flow",
    "transmembrane_pressure",
    "oxygen",
    "level",
    "level_difference",
    "running",
    "air_flow",
    "mlss",
    "feed_flow",
    "permeate_flow",
    "product_flow",
    "feed_pressure",
    "feed_sac254",
    "product_sac254",
    "product_phosphate",
    "ozone_dose",
    "cell_current",
    "ammonium",
    "nitrate",
    "phosphate",
    "turbidity",
    "suspended_solids",
    "free_chlorine",
    "pressure",
    "dry_solids",
    "gas_flow",
    "sludge_blanket",
    "temperature",
    "power",
    "mode",
)
LOOPS = frozenset({"internal_recirculation", "return_sludge"})
# Assets that are shown although nothing flows to them.
SHOWN_ALONE = ("treatment",)
FALLBACK_SYMBOL = "equipment"


def process(plant: Plant, display: DisplaySettings) -> Any:
    """Return the drawing, or a line that says that there is nothing to draw."""
    layout = plant_layout(plant)
    main = [_stage(stage, plant, display) for stage in layout.main]
    told = [stage for stage in layout.beside if _is_told(stage, layout, plant)]
    beside = [_stage(stage, plant, display) for stage in told]
    if not main and not beside:
        return html.Div(display.text("process.none"), className="note")
    shown = [stage.key for stage in (*layout.main, *told)]
    pipes = drawn_pipes(layout, shown, plant, display)
    return html.Div(
        [
            html.Div(main, className="process-row"),
            html.Div(beside, className="process-row process-beside"),
        ],
        id="process",
        className="process",
        **{"data-pipes": json.dumps(pipes, ensure_ascii=False)},
    )


def plant_layout(plant: Plant) -> ProcessLayout:
    """Return where the assets of a plant stand, and what leads from one to another."""
    alone = {key for wanted in SHOWN_ALONE for key in _of_kind(wanted, plant)}
    return process_layout(
        [Asset(key, each.within) for key, each in plant.model.assets.items()],
        [_stream(key, each) for key, each in plant.model.streams.items()],
        alone,
    )


def _of_kind(kind: str, plant: Plant) -> list[str]:
    return [element.key for element in plant.model.of_kind(kind) if element.within is None]


def _stream(key: str, element: Element) -> Stream:
    lineage = set(catalogue().kinds[element.kind].lineage)
    return Stream(
        key,
        element.source,
        element.target,
        is_main="water" in lineage and not ({"bypass", "reject", *LOOPS} & lineage),
        is_product=not PRODUCTS.isdisjoint(lineage),
        is_bypass="bypass" in lineage,
    )


def _is_told(stage: Stage, layout: ProcessLayout, plant: Plant) -> bool:
    """Tell whether a stage beside the way has a value, or lies between two others."""
    return bool(_values(stage, plant)) or (
        any(pipe.source == stage.key and pipe.target for pipe in layout.pipes)
        and any(pipe.target == stage.key and pipe.source for pipe in layout.pipes)
    )


def _stage(stage: Stage, plant: Plant, display: DisplaySettings) -> Any:
    element = plant.model.elements[stage.key]
    symbol = catalogue().kinds[element.kind].symbol or FALLBACK_SYMBOL
    picture = f"url({get_asset_url(f'symbols/{symbol}.svg')})"
    ways = [_way(side, plant, display) for side in _told(stage, plant)]
    return html.Div(
        [
            dcc.Link(
                [
                    html.Span(
                        [
                            html.Span(
                                html.Span("", className="mark"), className="stage-mark", hidden=True
                            ),
                            hyphenated(display.name(element.name), display.language),
                        ],
                        className="stage-name",
                    ),
                    html.Span(
                        className="symbol",
                        style={"--picture": picture},
                        **{"aria-hidden": "true"},
                    ),
                ],
                href=display.address(element_path(stage.key)),
                className="stage-link",
            ),
            html.Div([*_chips(stage, plant, display), *ways], className="chips"),
        ],
        className="stage",
        **{"data-stage": stage.key, **_members(stage, plant)},
    )


def _members(stage: Stage, plant: Plant) -> dict[str, str]:
    """Return the attributes by which the page's script sees whether a stage deviates."""
    elements = {*stage.members, stage.key}
    points = [
        plant.points[path]
        for (element, _), path in plant.roles.points.items()
        if element in elements and path in plant.points
    ]
    return {
        "data-members": " ".join(str(point.point_id) for point in points),
        "data-intervals-s": " ".join(str(point.expected_interval_s or 0) for point in points),
    }


Shown = tuple[str, str, list[str]]  # element, role, points


def _values(stage: Stage, plant: Plant) -> list[Shown]:
    """Return the values of a stage: of the stream that flows in, then its own, one a role."""
    inflow = _points([stage.inflow] if stage.inflow else [], plant)[:STREAM_CHIPS_MAX]
    own = _points(stage.members or [stage.key], plant)
    found: dict[str, Shown] = {role: (element, role, [path]) for element, role, path in inflow}
    for element, role, path in own:
        _, _, paths = found.setdefault(role, (element, role, []))
        paths += [path] if path not in paths else []
    flows = [side for side in stage.sides if side.leaves and _points([side.stream], plant)]
    return list(found.values())[: OWN_VALUES_MAX - bool(flows)]


def _chips(stage: Stage, plant: Plant, display: DisplaySettings) -> list[Any]:
    found = []
    for _, role, paths in _values(stage, plant):
        label = hyphenated(display.name(catalogue().roles[role].name), display.language)
        points = [plant.points[path] for path in paths]
        if len(points) == 1:
            found.append(chip(points[0], display, label))
        else:
            found.append(group_chip(points, display, label, element_path(stage.key)))
    return found


def _points(elements: Sequence[str], plant: Plant) -> list[tuple[str, str, str]]:
    """Return (element, role, point) of some elements, by what tells most."""
    rank = {role: place for place, role in enumerate(ROLES_SHOWN)}
    found = [
        (element, role, path)
        for (element, role), path in plant.roles.points.items()
        if element in elements and role in rank and path in plant.points
    ]
    order = {key: place for place, key in enumerate(plant.model.elements)}
    return sorted(found, key=lambda each: (rank[each[1]], order[each[0]]))


def _told(stage: Stage, plant: Plant) -> list[Side]:
    """Return the streams to tell of: those that leave, measured ones first, else what comes in."""
    leaving = [side for side in stage.sides if side.leaves]
    measured = [side for side in leaving if _points([side.stream], plant)]
    others = [side for side in leaving if side not in measured]
    coming = [side for side in stage.sides if not side.leaves and side.other is not None]
    return [*measured, *(others or ([] if stage.inflow else coming))][:WAYS_MAX]


def _way(side: Side, plant: Plant, display: DisplaySettings) -> Any:
    """Return a stream that leaves the way of the water: its flow, and where it leads."""
    name = hyphenated(display.name(plant.item_names[side.stream]), display.language)
    is_water = "water" in catalogue().kinds[plant.model.elements[side.stream].kind].lineage
    outside = display.text("process.recipient" if is_water else "process.away")
    other = display.name(plant.item_names[side.other]) if side.other else outside
    where = "" if side.other == side.stage else f" {'→' if side.leaves else '←'} {other}"
    label = [name, html.Span(where, className="way-end")]
    flows = [path for _, role, path in _points([side.stream], plant) if role.endswith("flow")]
    if flows and side.leaves:
        return html.Div(chip(plant.points[flows[0]], display, label), className="way")
    return html.Div(label, className="way quiet")
