"""The process drawing, made of the plant's assets and streams, with their live values.

On a wide screen the water runs from left to right, on a phone from top to bottom; the drawing is a
grid of boxes, so it is readable on both and never scaled down.
"""

from collections.abc import Sequence
from typing import Any

from dash import get_asset_url, html

from dashboard.analysis.process_layout import Asset, Side, Stage, Stream, process_layout
from dashboard.components.value_tile import chip
from dashboard.store.plant import Plant
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue

CHIPS_MAX = 4
STREAM_CHIPS_MAX = 2
WAYS_MAX = 4
PRODUCTS = frozenset({"effluent", "drinking_water"})
# What tells most of a place comes first; other roles are on the pages behind.
ROLES_SHOWN = (
    "flow",
    "transmembrane_pressure",
    "oxygen",
    "level",
    "level_difference",
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
    "running",
)
LOOPS = frozenset({"internal_recirculation", "return_sludge"})
# Assets that are shown although nothing flows to them.
SHOWN_ALONE = ("main_meter", "treatment")
FALLBACK_SYMBOL = "equipment"


def process(plant: Plant, display: DisplaySettings) -> Any:
    """Return the drawing with every stage that has a value, or a line that says there is none."""
    alone = {key for wanted in SHOWN_ALONE for key in _of_kind(wanted, plant)}
    layout = process_layout(
        [Asset(key, each.within) for key, each in plant.model.assets.items()],
        [
            Stream(key, each.source, each.target, _is_main(each.kind), _is_product(each.kind))
            for key, each in plant.model.streams.items()
        ],
        alone,
    )
    main = [_stage(stage, plant, display) for stage in layout.main]
    beside = [
        _stage(stage, plant, display) for stage in layout.beside if _chips(stage, plant, display)
    ]
    if not main and not beside:
        return html.Div(display.text("process.none"), className="note")
    return html.Div(
        [html.Div(main, className="process-main"), html.Div(beside, className="process-beside")],
        className="process",
    )


def _of_kind(kind: str, plant: Plant) -> list[str]:
    return [element.key for element in plant.model.of_kind(kind) if element.within is None]


def _is_main(kind: str) -> bool:
    lineage = catalogue().kinds[kind].lineage
    return "water" in lineage and not ({"bypass", "reject", *LOOPS} & set(lineage))


def _is_product(kind: str) -> bool:
    return not PRODUCTS.isdisjoint(catalogue().kinds[kind].lineage)


def _stage(stage: Stage, plant: Plant, display: DisplaySettings) -> Any:
    element = plant.model.elements[stage.key]
    symbol = catalogue().kinds[element.kind].symbol or FALLBACK_SYMBOL
    picture = f"url({get_asset_url(f'symbols/{symbol}.svg')})"
    ways = [_way(side, plant, display) for side in _told(stage, plant)]
    return html.Div(
        [
            html.Div(display.name(element.name), className="stage-name"),
            html.Div(className="symbol", style={"--picture": picture}, **{"aria-hidden": "true"}),
            html.Div([*_chips(stage, plant, display), *ways], className="chips"),
        ],
        className="stage",
    )


def _chips(stage: Stage, plant: Plant, display: DisplaySettings) -> list[Any]:
    """Return the values of a stage: those of the stream that flows in, then its own."""
    inflow = _points([stage.inflow] if stage.inflow else [], plant)[:STREAM_CHIPS_MAX]
    own = _points(stage.members, plant)
    counted = [role for _, role, _ in own]
    shown = [*((*each, False) for each in inflow)]
    shown += [(*each, counted.count(each[1]) > 1) for each in own]
    if not stage.members:
        shown = [(*each, False) for each in _points([stage.key], plant)]
    return [
        chip(plant.points[path], display, _label(element, role, plant, display, named=named))
        for element, role, path, named in shown[:CHIPS_MAX]
    ]


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


def _label(element: str, role: str, plant: Plant, display: DisplaySettings, *, named: bool) -> str:
    name = display.name(catalogue().roles[role].name)
    return f"{display.name(plant.item_names[element])}: {name}" if named else name


def _told(stage: Stage, plant: Plant) -> list[Side]:
    """Return the streams to tell of: those that leave, measured ones first, else what comes in."""
    leaving = [side for side in stage.sides if side.leaves]
    measured = [side for side in leaving if _points([side.stream], plant)]
    others = [side for side in leaving if side not in measured]
    coming = [side for side in stage.sides if not side.leaves and side.other is not None]
    return [*measured, *(others or ([] if stage.inflow else coming))][:WAYS_MAX]


def _way(side: Side, plant: Plant, display: DisplaySettings) -> Any:
    """Return a stream that leaves the way of the water: its flow, and where it leads."""
    name = display.name(plant.item_names[side.stream])
    is_water = "water" in catalogue().kinds[plant.model.elements[side.stream].kind].lineage
    outside = display.text("process.recipient" if is_water else "process.away")
    other = display.name(plant.item_names[side.other]) if side.other else outside
    label = f"{name} {'→' if side.leaves else '←'} {other}"
    if side.other == side.stage:
        label = name
    flows = [path for _, role, path in _points([side.stream], plant) if role.endswith("flow")]
    if flows and side.leaves:
        return html.Div(chip(plant.points[flows[0]], display, label), className="way")
    return html.Div(label, className="way quiet")
