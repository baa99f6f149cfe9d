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
from dashboard.components.value_tile import chip, deviation_mark, group_chip, watched
from dashboard.pages.assets.links import element_link, element_path
from dashboard.pages.overview.process_pipes import drawn_pipes
from dashboard.pages.overview.process_sections import (
    STAGES_MIN,
    StageGroup,
    along_the_way,
    beside_the_way,
    section_head,
)
from dashboard.store.plant import Plant
from dashboard.store.plant_model import Element
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue

STAGES_MAX = 60  # more cannot be read
EACH_MAX = 30  # of more stages, those that are parallel and alike are told together
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
RANKS = {role: place for place, role in enumerate(ROLES_SHOWN)}
LOOPS = frozenset({"internal_recirculation", "return_sludge"})
# Assets that are shown although nothing flows to them.
SHOWN_ALONE = ("treatment",)
FALLBACK_SYMBOL = "equipment"


def process(plant: Plant, display: DisplaySettings) -> Any:
    """Return the drawing, or a line that says that there is nothing to draw."""
    layout = plant_layout(plant)
    told = [*layout.main, *_told_beside(layout, plant)]
    if len(told) > EACH_MAX:
        layout = plant_layout(plant, joins_parallel=True)
        told = [*layout.main, *_told_beside(layout, plant)]
    if not told:
        return html.Div(display.text("process.none"), className="note")
    drawn, rest = told[:STAGES_MAX], told[STAGES_MAX:]
    way, beside = drawn[: len(layout.main)], drawn[len(layout.main) :]
    pipes = drawn_pipes(layout, [stage.key for stage in drawn], plant, display)
    if len(drawn) < STAGES_MIN:
        rows = [[StageGroup(None, way)], [StageGroup(None, beside)]]
    else:
        rows = [along_the_way(way, plant), beside_the_way(beside, plant)]
    main, others = ([_group(group, plant, display) for group in row] for row in rows)
    return html.Div(
        [
            html.Div(main, className="process-row", style={"--stages": len(way)}),
            html.Div(
                others, className="process-row process-beside", style={"--stages": len(beside)}
            ),
            _rest(rest, plant, display) if rest else None,
        ],
        id="process",
        className="process",
        **{"data-pipes": json.dumps(pipes, ensure_ascii=False)},
    )


def _rest(stages: Sequence[Stage], plant: Plant, display: DisplaySettings) -> Any:
    """Return the way to what the drawing has no room for, folded away."""
    links = [html.Div(element_link(stage.key, plant, display)) for stage in stages]
    summary = html.Summary(display.text("process.more", count=len(stages)))
    return html.Details([summary, *links], className="note process-rest")


def plant_layout(plant: Plant, *, joins_parallel: bool = False) -> ProcessLayout:
    """Return where the assets of a plant stand, and what leads from one to another."""
    alone = {key for wanted in SHOWN_ALONE for key in _of_kind(wanted, plant)}
    return process_layout(
        [Asset(key, each.within, each.kind) for key, each in plant.model.assets.items()],
        [_stream(key, each) for key, each in plant.model.streams.items()],
        alone,
        joins_parallel=joins_parallel,
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


def _told_beside(layout: ProcessLayout, plant: Plant) -> list[Stage]:
    """Return the stages beside the way that have a value, or lie between two others."""
    sources = {pipe.source for pipe in layout.pipes if pipe.target}
    targets = {pipe.target for pipe in layout.pipes if pipe.source}
    between = sources & targets
    return [stage for stage in layout.beside if _values(stage, plant) or stage.key in between]


def _group(group: StageGroup, plant: Plant, display: DisplaySettings) -> Any:
    stages = html.Div([_stage(one, plant, display) for one in group.stages], className="stages")
    if group.section is None:
        return stages
    picture, members = _picture(group.stages[0], plant), _members(group.stages, plant)
    head = section_head(group, plant, display, picture, members)
    return html.Div([head, stages], className="section")


def _picture(stage: Stage, plant: Plant) -> str:
    kind = catalogue().kinds[plant.model.elements[stage.key].kind]
    return f"url({get_asset_url(f'symbols/{kind.symbol or FALLBACK_SYMBOL}.svg')})"


def _stage(stage: Stage, plant: Plant, display: DisplaySettings) -> Any:
    ways = [_way(side, plant, display) for side in _told(stage, plant)]
    return html.Div(
        [
            dcc.Link(
                [
                    html.Span(
                        [
                            deviation_mark(),
                            display.hyphenated(_name(stage, plant, display)),
                        ],
                        className="stage-name",
                    ),
                    html.Span(
                        className="symbol",
                        style={"--picture": _picture(stage, plant)},
                        **{"aria-hidden": "true"},
                    ),
                ],
                href=display.address(element_path(stage.key)),
                className="stage-link",
            ),
            html.Div([*_chips(stage, plant, display), *ways], className="chips"),
        ],
        className="stage",
        **{"data-stage": stage.key, **_members([stage], plant)},
    )


def _name(stage: Stage, plant: Plant, display: DisplaySettings) -> str:
    """Return the name of a stage; of several assets how many of which kind they are."""
    elements = plant.model.elements
    count = sum(elements[key].within is None for key in stage.members)
    if count > 1:
        return f"{count} × {display.name(catalogue().kinds[elements[stage.key].kind].name)}"
    return display.name(elements[stage.key].name)


def _members(stages: Sequence[Stage], plant: Plant) -> dict[str, str]:
    """Return the attributes by which the page's script sees whether any stage deviates."""
    return watched(
        plant.points[path]
        for stage in stages
        for element in dict.fromkeys((*stage.members, stage.key))
        for path in plant.roles.at(element).values()
        if path in plant.points
    )


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
        label = display.name(catalogue().roles[role].name)
        points = [plant.points[path] for path in paths]
        if len(points) == 1:
            found.append(chip(points[0], display, label))
        else:
            found.append(group_chip(points, display, label, element_path(stage.key)))
    return found


def _points(elements: Sequence[str], plant: Plant) -> list[tuple[str, str, str]]:
    """Return (element, role, point) of some elements, by what tells most, then in their order."""
    found = [
        (element, role, path)
        for element in elements
        for role, path in plant.roles.at(element).items()
        if role in RANKS and path in plant.points
    ]
    return sorted(found, key=lambda each: RANKS[each[1]])


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
    where = "" if side.other == side.stage else f" {'→' if side.leaves else '←'} {other}"
    end = html.Span(display.hyphenated(where), className="way-end")
    flows = [path for _, role, path in _points([side.stream], plant) if role.endswith("flow")]
    if flows and side.leaves:
        return html.Div(chip(plant.points[flows[0]], display, name, [end]), className="way")
    return html.Div([display.hyphenated(name), end], className="way quiet")
