"""What stands on the page of the points: in figures, what to do first, and completeness."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dash import html

from dashboard.analysis.clock_offsets import ClockOffset, with_clocks
from dashboard.analysis.data_health import Finding, findings
from dashboard.analysis.ingest_health import ingest_findings
from dashboard.components.card import card
from dashboard.pages.context import PageContext
from dashboard.pages.data_health.clocks import clock_finding_row
from dashboard.pages.data_health.connections import ingest_finding_row
from dashboard.pages.data_health.findings import finding_row
from dashboard.pages.data_health.table import completeness_table
from dashboard.pages.data_health.way import Way
from dashboard.store.data_health import DataHealth
from dashboard.store.instruments import Instrument
from dashboard.store.plant import Plant
from dashboard.web.display import DisplaySettings

FIRST = 12  # findings that stand open; the others are folded away
FINDINGS_MAX = 100


def health_cards(
    health: DataHealth, way: Way, devices: Sequence[Instrument], context: PageContext
) -> list[Any]:
    """Return what tells of points: how many are right, what to do first, completeness."""
    display = context.display
    found = findings(health.points.values(), context.now)
    to_mend = with_clocks(found, way.clocks, _devices(devices, context.plant))
    processes = [
        ingest_finding_row(one, display) for one in ingest_findings(way.states, context.now)
    ]

    def row(one: Finding | ClockOffset) -> html.Div:
        if isinstance(one, Finding):
            return finding_row(one, health, context)
        return clock_finding_row(one, way.names, display)

    return [
        html.Div(_summary(health, found, display), className="tiles"),
        card(display.text("health.first"), _to_do(processes, to_mend, row, display), wide=True),
        card(
            display.text("health.completeness"),
            completeness_table(health, devices, context),
            wide=True,
        ),
    ]


def _summary(
    health: DataHealth, found: Sequence[Finding], display: DisplaySettings
) -> list[html.Div]:
    """Return how many points are as they should be, and of each problem how many there are."""
    weeks = [point.week for point in health.points.values() if point.week is not None]
    first = [
        _tile(display.text("health.as_they_should"), str(len(health.points) - len(found)), display),
        _tile(
            display.text("health.week"),
            display.percent(sum(weeks) / len(weeks)) if weeks else "–",
            display,
        ),
    ]
    counted = Counter(one.problem for one in found)
    return first + [
        _tile(display.text(f"problem.{problem}"), str(counted[problem]), display)
        for problem in sorted(counted, key=lambda problem: -counted[problem])
    ]


def _tile(name: str, number: str, display: DisplaySettings) -> html.Div:
    return html.Div(
        [
            html.Div(display.hyphenated(name), className="value-name"),
            html.Div(html.Span(number, className="number"), className="tile-number"),
        ],
        className="tile key-figure",
    )


def _devices(devices: Sequence[Instrument], plant: Plant) -> dict[str, str]:
    """Return what sends each point, by path: its instrument, or else its line."""
    serving = {one: each.key for each in devices for one in each.point_ids}
    return {path: serving.get(point.point_id, point.line) for path, point in plant.points.items()}


def _to_do(
    first: Sequence[html.Div],
    found: Sequence[Finding | ClockOffset],
    row: Callable[[Finding | ClockOffset], html.Div],
    display: DisplaySettings,
) -> list[Any]:
    """Return what to mend; what all points depend on comes before any of them."""
    if not found and not first:
        return [html.Div(display.text("health.nothing_to_do"), className="note")]
    rows = [*first, *map(row, found[:FINDINGS_MAX])]
    more = rows[FIRST:]
    if not more:
        return rows
    words = display.text("live.more", count=len(first) + len(found) - FIRST)
    beyond = len(first) + len(found) - len(rows)
    folded = [html.Summary(words), *more]
    if beyond:
        folded.append(html.Div(display.text("live.more", count=beyond), className="note"))
    return [*rows[:FIRST], html.Details(folded, className="folded")]
