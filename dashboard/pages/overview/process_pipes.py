"""What the page's script must know of each pipe of the process drawing, as JSON can carry it.

The script (`assets/process.js`) lays the pipes between the stages where these stand on the screen,
and gives them a width by what flows now.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.analysis.process_layout import Pipe, PipeKind, ProcessLayout
from dashboard.pages.assets.links import element_path
from dashboard.store.plant import Plant, SitePoint
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue
from schemas.units import UnitError, conversion

FLOW_UNIT = "m3/h"
# What is drawn and how; the first that a stream is. Chemicals are told on the page of their asset.
FAMILIES = {"water": "water", "sludge": "sludge", "gas": "gas", "air": "gas"}
FLOW_ROLES = ("flow", "gas_flow", "air_flow")
# Of a stream without a meter: what its source gives, or its target takes.
GIVES, TAKES = ("product_flow", "permeate_flow", "flow"), ("feed_flow", "flow")


def family(kind: str) -> str | None:
    """Return how streams of a kind are drawn; None of those that are not."""
    lineage = catalogue().kinds[kind].lineage
    return next((FAMILIES[each] for each in lineage if each in FAMILIES), None)


def drawn_pipes(
    layout: ProcessLayout, stages: Sequence[str], plant: Plant, display: DisplaySettings
) -> list[dict[str, Any]]:
    """Return the pipes whose ends are among the stages that are drawn."""
    way = _way_flows(layout, plant)
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for pipe in layout.pipes:
        shown = family(plant.model.elements[pipe.stream].kind)
        ends = {end for end in (pipe.source, pipe.target) if end is not None}
        if shown is None or not ends or not ends <= set(stages):
            continue
        point = way.get(pipe.stream) or _flow_point(pipe, plant)
        # Within the plant, what flows between the same is one pipe.
        single = pipe.stream if None in {pipe.source, pipe.target} else None
        drawn = found.setdefault(
            (pipe.source, pipe.target, pipe.kind, shown, single),
            {
                "stream": pipe.stream,
                "source": pipe.source,
                "target": pipe.target,
                "kind": pipe.kind,
                "family": shown,
                "name": display.name(plant.item_names[pipe.stream]),
                "href": display.address(element_path(pipe.stream)),
                "measured": {},
            },
        )
        # The way has its flow from a meter of all of it.
        if point is not None and not (drawn["measured"] and pipe.kind is PipeKind.MAIN):
            drawn["measured"][str(point.point_id)] = _factor(point)
    return list(found.values())


def _way_flows(layout: ProcessLayout, plant: Plant) -> dict[str, SitePoint]:
    """Return the flow of each stream of the way: the nearest that is measured, upstream first."""
    inflows = {stage.inflow for stage in layout.main}
    way = {pipe.target or "": pipe for pipe in layout.pipes if pipe.stream in inflows}
    ordered = [way[stage.key] for stage in layout.main if stage.key in way]
    own = [_own_flow(pipe.stream, plant) for pipe in ordered]
    measured = [place for place, point in enumerate(own) if point is not None]
    found: dict[str, SitePoint] = {}
    for place, pipe in enumerate(ordered):
        near = max((at for at in measured if at <= place), default=min(measured, default=None))
        point = None if near is None else own[near]
        if point is not None:
            found[pipe.stream] = point
    return found


def _flow_point(pipe: Pipe, plant: Plant) -> SitePoint | None:
    """Return what tells the flow of a stream: its own meter, else one of the assets at its ends."""
    own = _own_flow(pipe.stream, plant)
    if own is not None or pipe.kind is not PipeKind.BRANCH:
        return own
    stream = plant.model.elements[pipe.stream]  # whose ends may be told together with others
    taken = (_first(end, TAKES, plant) for end in (stream.target, pipe.target) if end)
    given = (_first(end, GIVES, plant) for end in (stream.source, pipe.source) if end)
    return next((point for point in (*taken, *given) if point is not None), None)


def _own_flow(stream: str, plant: Plant) -> SitePoint | None:
    return _first(stream, FLOW_ROLES, plant)


def _first(element: str, roles: Sequence[str], plant: Plant) -> SitePoint | None:
    points: Mapping[tuple[str, str], str] = plant.roles.points
    paths = (points.get((element, role)) for role in roles)
    return next((plant.points[path] for path in paths if path and path in plant.points), None)


def _factor(point: SitePoint) -> float | None:
    """Return what a value is multiplied by to be in FLOW_UNIT; None for a unit of no flow."""
    try:
        return conversion(point.unit, FLOW_UNIT, ignore_braces=True).scale
    except UnitError:
        return None
