"""The page that compares sites: a table for what they share, one for what only one of them has."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html

from dashboard.analysis.kpi.site_comparison import Cell, Row, Span
from dashboard.analysis.kpi.values import KpiValue
from dashboard.auth.roles import Right, may
from dashboard.components.amounts import COVERAGE_LOW
from dashboard.components.card import card
from dashboard.components.kpi_tile import coverage_text, lacking_text, value_text
from dashboard.components.table import table
from dashboard.pages import registry
from dashboard.pages.comparison.compared import Compared, compare
from dashboard.pages.context import PageContext, page
from dashboard.pages.not_found import nothing_there
from dashboard.pages.registry import Page
from dashboard.store.plant import Plant
from dashboard.texts import names
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser
from dashboard.web.services import services

PATH = "/comparison"
EXPORT_PATH = "/comparison.csv"
SITES_MIN = 2


def register() -> None:
    """Register the page with the app."""
    registry.register(
        Page(
            "comparison",
            PATH,
            _layout,
            names("nav.comparison"),
            right=Right.COMPARE_SITES,
            in_navigation=True,
            site_of=_site_of,
            sites_min=SITES_MIN,
        )
    )


def span_of(value: object) -> Span:
    """Return the days that an address asks for; a week if it cannot be read."""
    asked = value if isinstance(value, str) else ""
    return Span(asked) if asked in tuple(Span) else Span.WEEK


def _site_of(user: RequestUser) -> str | None:
    """Return no site in particular, or None for who sees one site."""
    seen = services().plants.sites(user.viewer, datetime.now(UTC))
    return "" if len(seen) >= SITES_MIN else None


async def _layout(w: object = None, **_query: str) -> Any:
    return await page(lambda context: _build(context, span_of(w)))


def _build(context: PageContext, span: Span) -> Any:
    if len(context.sites) < SITES_MIN:
        return nothing_there()
    display = context.display
    found = compare(services(), context.user.viewer, span, context.now)
    shared = [row for row in found.rows if row.is_shared]
    single = [row for row in found.rows if not row.is_shared]
    return [
        html.H1(display.text("nav.comparison"), className="page-name"),
        html.Div(
            [_choices(span, display), _export(context, span)],
            className="toolbar comparison-tools",
        ),
        html.P(display.text("comparison.note"), className="note"),
        card(display.text("comparison.shared"), [_table(shared, found, display)], wide=True),
        html.Details(
            [
                html.Summary(display.text("comparison.single", count=len(single))),
                card(
                    display.text("comparison.lacking"), [_table(single, found, display)], wide=True
                ),
            ],
            className="comparison-single",
        ),
    ]


def _choices(chosen: Span, display: DisplaySettings) -> Any:
    links = [
        html.Span(
            display.text(f"comparison.{span}"),
            className="choice current",
            **{"aria-current": "true"},
        )
        if span is chosen
        else dcc.Link(
            display.text(f"comparison.{span}"),
            href=display.address(f"{PATH}?w={span}"),
            className="choice",
        )
        for span in Span
    ]
    return html.Div(links, className="choices choice-links")


def _export(context: PageContext, span: Span) -> Any:
    if not may(context.user.role, Right.EXPORT):
        return None
    address = context.display.address(f"{EXPORT_PATH}?w={span}")
    return html.A(context.display.text("comparison.csv"), href=address, className="button")


def _table(rows: Sequence[Row], found: Compared, display: DisplaySettings) -> Any:
    if not rows:
        return html.Div(display.text("comparison.none"), className="note")
    titles = [
        display.text("comparison.figure"),
        display.text("comparison.typical"),
        *(display.name(plant.name) for plant in found.plants),
    ]
    titles = [display.hyphenated(title) for title in titles]
    return table(titles, [_cells(row, found.plants, display) for row in rows], text=True)


def _cells(row: Row, plants: Sequence[Plant], display: DisplaySettings) -> list[Any]:
    figure = row.figure
    name = html.Div(
        [
            html.Div(f"{display.hyphenated(display.name(figure.name))}, {figure.unit_display}"),
            html.Div(display.hyphenated(display.name(figure.boundary)), className="quiet"),
        ]
    )
    cells = [_cell(cell, plant, display) for cell, plant in zip(row.cells, plants, strict=True)]
    return [name, _typical(row, display), *cells]


def _typical(row: Row, display: DisplaySettings) -> str:
    if row.figure.typical is None:
        why = row.figure.no_typical
        return "" if why is None else display.text(f"figure.no_typical.{why}")
    low, high = map(display.exact, row.figure.typical)
    return f"{low}\N{WORD JOINER}–\N{WORD JOINER}{high}"


def _cell(cell: Cell, plant: Plant, display: DisplaySettings) -> Any:
    """Return a value with how much of the window it rests on, or why there is none."""
    if not isinstance(cell, KpiValue):
        return html.Span(display.hyphenated(lacking_text(cell, plant, display)), className="quiet")
    partly = cell.coverage is not None and cell.coverage < COVERAGE_LOW
    return html.Div(
        [
            html.Span(
                [
                    html.Span(value_text(cell, display), className="number"),
                    html.Span(f"\N{NO-BREAK SPACE}{cell.kpi.unit}", className="unit"),
                ]
            ),
            html.Div(coverage_text(cell, display), className="warn" if partly else "quiet"),
            _origin(cell, plant, display),
        ]
    )


def _origin(cell: KpiValue, plant: Plant, display: DisplaySettings) -> Any:
    origins = {plant.points[path].provenance for path in cell.kpi.inputs if path in plant.points}
    if "synthetic" not in origins:
        return None
    key = "origin.synthetic" if origins == {"synthetic"} else "kpi.synthetic"
    return html.Span(display.text(key), className="origin")
