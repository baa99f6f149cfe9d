"""What may stand for a value that cannot be trusted: offered and marked, and never stored."""

from collections.abc import Iterator
from typing import Any

from dash import html

from dashboard.analysis.data_health import Finding, Problem, substitute
from dashboard.components.chart_card import lending
from dashboard.components.value_tile import value_now
from dashboard.pages.context import PageContext
from dashboard.store.data_health import DataHealth
from schemas.catalogue import LABORATORY
from schemas.quality import Check

_NEEDED = (Problem.SILENT, Problem.FAILED, Problem.MISSING, Problem.SUSPECT)


def offered_value(found: Finding, health: DataHealth, context: PageContext) -> Any:
    """Return the value of a second probe or of the laboratory, with its age; None if none is good.

    Of two probes that contradict each other neither is a substitute for the other.
    """
    if found.problem not in _NEEDED or found.silent_line is not None:
        return None
    path = substitute(_candidates(found, health, context), health.points, context.now)
    if path is None:
        return None
    point, display = context.plant.points[path], context.display
    words = display.text("health.substitute", other=f"{display.name(point.name)} {point.tag}")
    return html.Div([f"{words} ", value_now(point, display)])


def _candidates(found: Finding, health: DataHealth, context: PageContext) -> Iterator[str]:
    own, plant = found.health, context.plant
    contradicts = own.latest is not None and own.latest.checks & Check.PLAUSIBLE_PAIR
    if own.point in health.beside and not contradicts:
        yield health.beside[own.point]
    for role in plant.points[own.point].role_numbers:
        kind, _, name = role.partition(".")
        lenders = lending(plant.roles, {role: f"{kind}.{LABORATORY}{name}"})
        if own.point in lenders:
            yield lenders[own.point]
