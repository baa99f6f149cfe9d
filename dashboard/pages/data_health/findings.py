"""One thing to do: which point, what is wrong since when, why, and what helps."""

from typing import Any

from dash import dcc, html

from dashboard.analysis.data_health import Finding, Problem
from dashboard.charts.decimals import decimals
from dashboard.components.check_words import reasons, remedies
from dashboard.components.value_tile import value_now
from dashboard.pages.context import PageContext
from dashboard.pages.data_health.substitute import offered_value
from dashboard.pages.maintenance.links import mark_link
from dashboard.store.data_health import DataHealth
from dashboard.store.plant import SitePoint
from dashboard.web.trend_url import PRESETS_S, TrendRequest, path
from schemas.quality import Check

_JUDGED = (Problem.FAILED, Problem.MISSING, Problem.SUSPECT)
WINDOW = "30d"


def finding_row(found: Finding, health: DataHealth, context: PageContext) -> html.Div:
    """Return the row of a finding; its name leads to the trend of the point."""
    display = context.display
    point = context.plant.points[found.health.point]
    since, is_line = found.since, found.silent_line is not None
    problem = display.text(f"problem.{'silent_line' if is_line else found.problem}")
    if since is not None:
        problem = f"{problem}, {display.text('live.since', when=display.moment(since))}"
    week = found.health.week
    if found.problem is Problem.INCOMPLETE and week is not None:
        problem = f"{problem}: {display.text('health.good_share', share=display.percent(week))}"
    others = ", ".join(display.text(f"problem.{one}") for one in found.others)
    return html.Div(
        [
            html.Div(_subject(point, context, is_line=is_line), className="finding-head"),
            html.Div(" · ".join(filter(None, (problem, others))), className="finding-problem"),
            html.Div(_why(found, health, context), className="quiet"),
            html.Div(_worked(found, context), className="quiet"),
            html.Div("" if is_line else _last_good(point, health, context), className="quiet"),
            html.Div(offered_value(found, health, context), className="quiet"),
            html.Div(
                [_what_to_do(found, context), *mark_link(point, context)], className="finding-help"
            ),
        ],
        className=f"finding finding-{found.problem}",
    )


def point_link(point: SitePoint, context: PageContext) -> Any:
    """Return the name of a point with its tag; it leads to what the point did lately."""
    display = context.display
    request = TrendRequest().of((point.path,)).following(PRESETS_S[WINDOW])
    return dcc.Link(
        [
            html.Span(display.hyphenated(display.name(point.name))),
            html.Span(f" {point.tag}", className="quiet"),
        ],
        href=display.address(path(request)),
        className="finding-name",
    )


def _subject(point: SitePoint, context: PageContext, *, is_line: bool) -> list[Any]:
    if is_line:
        return [html.Span(context.display.name(point.line_name), className="finding-name")]
    return [point_link(point, context), value_now(point, context.display)]


def _checks(found: Finding) -> int:
    """Return the checks that led to the verdict, if it is the verdict that is to be mended."""
    latest = found.health.latest
    return latest.checks if latest is not None and found.problem in _JUDGED else 0


def _why(found: Finding, health: DataHealth, context: PageContext) -> str:
    """Return which checks fired, and against what a point that is not plausible is held."""
    fired = reasons(_checks(found), context.user.language)
    for key, others in (
        ("health.beside", health.beside),
        ("health.condition", health.conditions),
    ):
        other = others.get(found.health.point)
        if other is not None and _checks(found) & Check.PLAUSIBLE_PAIR:
            point = context.plant.points[other]
            name = f"{context.display.name(point.name)} {point.tag}"
            fired.append(context.display.text(key, other=name))
    return context.display.text("health.why", checks=", ".join(fired)) if fired else ""


def _worked(found: Finding, context: PageContext) -> str:
    """Return how much of the week no reading was due, because somebody worked on it."""
    worked, display = found.health.worked, context.display
    if found.problem is not Problem.INCOMPLETE or not worked:
        return ""
    return display.text("health.worked", share=display.percent(worked))


def _what_to_do(found: Finding, context: PageContext) -> str:
    """Return what helps against the checks that fired, else against the problem as such."""
    problem = "silent_line" if found.silent_line is not None else found.problem
    helps = remedies(_checks(found), context.user.language)
    return " ".join(helps) or context.display.text(f"problem.{problem}.do")


def _last_good(point: SitePoint, health: DataHealth, context: PageContext) -> str:
    good, display = health.last_good.get(point.path), context.display
    if good is None:
        return ""
    states = point.states
    shown = (
        display.name(states[good.value])
        if states and good.value in states
        else display.number(good.value, decimals(point.typical_lo, point.typical_hi))
    )
    unit = "" if states else point.unit_display
    return display.text(
        "health.last_good", value=f"{shown} {unit}".strip(), when=display.moment(good.at)
    )
