"""The page of a key figure: the number, its course, what it came from, what meters did besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.analysis.kpi.definition import Kpi
from dashboard.analysis.kpi.values import CounterIncident, KpiValue
from dashboard.analysis.meter import Event
from dashboard.charts.decimals import decimals
from dashboard.components.amounts import happened_text
from dashboard.components.card import (
    card,
    chart_place,
    folded_on_phone,
    graph,
    trend_link,
)
from dashboard.components.kpi_tile import coverage_text, key_figure, value_text
from dashboard.components.table import table
from dashboard.pages.key_figure.charts import OverTime
from dashboard.store.plant import SitePoint
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import TrendRequest

WINDOWS = ("24h", "7d", "30d", "1y")
HAPPENINGS_MAX = 200

Points = Mapping[str, SitePoint]


@dataclass(frozen=True)
class PageRequest:
    """What the address says, the preset window in it if it has one, and the fields for periods.

    `said` are sentences about what the address names and is not there.
    """

    search: str
    preset: str | None
    periods: Sequence[Any]
    said: Sequence[Any] = ()


def figure_page(kpi: Kpi, request: PageRequest, points: Points, display: DisplaySettings) -> Any:
    """Return the page; `dashboard.pages.key_figure.page` fills it and keeps it current."""
    choice = dmc.SegmentedControl(
        id="figure-window",
        data=[{"value": one, "label": display.text(f"window.{one}")} for one in WINDOWS],
        value=request.preset,
        **{"aria-label": display.text("window.choose")},
    )
    title = display.name(kpi.name)
    body = [chart_place("figure-chart"), html.Div(id="figure-note", className="note")]
    tools = html.Div(id="figure-tools")
    return [
        html.H1(title, className="page-name"),
        html.Div([choice, *request.periods], className="toolbar"),
        html.Div(list(request.said), className="notice") if request.said else None,
        html.Div(id="figure-tile", className="tiles"),
        html.Div(
            [
                card(f"{title}, {kpi.unit}", body, wide=True, tools=tools),
                card(display.text("figure.about"), [_facts(kpi, display)]),
                card(display.text("figure.inputs"), [_inputs(kpi, points, display)]),
                card(display.text("figure.happened"), [html.Div(id="figure-happened")]),
                folded_on_phone(display.text("figure.table"), [html.Div(id="figure-table")]),
            ],
            className="cards",
        ),
        dcc.Store(id="figure-request", data=request.search),
    ]


def filled(
    found: OverTime, request: TrendRequest, points: Points, display: DisplaySettings, said: str
) -> tuple[Any, ...]:
    """Return what the places of the page hold: tile, chart, note, tools, incidents, table.

    `said` is a sentence about the time that was chosen and cannot be shown.
    """
    whole = found.whole
    note = " ".join(filter(None, (said, display.text("figure.uncertain"))))
    return (
        key_figure(whole, points, display, request=request),
        graph(found.chart, display.name(whole.kpi.name)),
        note,
        trend_link(request.of(whole.kpi.inputs), display),
        _happened(whole.incidents, points, display),
        _table(found.parts, display),
    )


def _inputs(kpi: Kpi, points: Points, display: DisplaySettings) -> Any:
    """Return the points that the key figure comes from, with their units."""
    items = [
        html.Li(f"{_name(points[path], display)}, {points[path].unit_display}")
        for path in kpi.inputs
    ]
    return html.Ul(items, className="note")


def _facts(kpi: Kpi, display: DisplaySettings) -> Any:
    """Return what the catalogue says of the key figure: formula, boundary, usual range, source."""
    figure = kpi.figure
    if figure is None:
        return None
    facts = {
        "figure.boundary": display.name(figure.boundary),
        "figure.formula": html.Code(figure.formula),
        "figure.source": figure.source,
    }
    if figure.typical is not None:
        ends = " – ".join(map(display.exact, figure.typical))
        facts["limit.typical"] = f"{ends} {figure.unit_display}"
    elif figure.no_typical is not None:
        facts["limit.typical"] = display.text(f"figure.no_typical.{figure.no_typical}")
    items = [html.Li([f"{display.text(key)}: ", what]) for key, what in facts.items()]
    if figure.better != "none":
        items.append(html.Li(display.text(f"figure.better.{figure.better}")))
    return html.Ul(items, className="note")


def _name(point: SitePoint, display: DisplaySettings) -> str:
    return f"{display.name(point.name)} ({point.tag})"


def _table(parts: Sequence[KpiValue], display: DisplaySettings) -> Any:
    keys = ("figure.when", "figure.value", "figure.coverage", "figure.happened")
    rows = [
        (
            display.span(part.window.start, part.window.end),
            f"{value_text(part, display)} {part.kpi.unit}",
            coverage_text(part, display),
            happened_text(part.incidents, display),
        )
        for part in reversed(parts)
    ]
    return table([display.text(key) for key in keys], rows, text=True)


def _happened(
    incidents: Sequence[CounterIncident], points: Points, display: DisplaySettings
) -> Any:
    """Return each incident of the window, the newest first."""
    if not incidents:
        return html.Div(display.text("figure.nothing_happened"), className="note")
    newest = sorted(incidents, key=lambda one: one.event.to_ms, reverse=True)[:HAPPENINGS_MAX]
    keys = ("figure.when", "figure.meter", "figure.what", "figure.readings")
    rows = [
        (
            f"{_moment(one.event.from_ms, display)} – {_moment(one.event.to_ms, display)}",
            _name(points[one.point], display) if one.point in points else one.point,
            display.text(f"incident.{one.event.kind.value}"),
            _readings(one.event, display),
        )
        for one in newest
    ]
    return table([display.text(key) for key in keys], rows, text=True)


def _readings(event: Event, display: DisplaySettings) -> str:
    """Return the readings before, between and after, such as `4 000 168 → 0 → 4 000 252`."""
    values = [event.before, *([] if event.odd is None else [event.odd]), event.after]
    size = decimals(0.0, max(abs(value) for value in values) or None)
    return " → ".join(display.number(value, size) for value in values)


def _moment(x_ms: float, display: DisplaySettings) -> str:
    return display.moment(datetime.fromtimestamp(x_ms / 1000.0, UTC), "second")
