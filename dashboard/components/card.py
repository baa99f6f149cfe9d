"""A card with a chart: title, legend, the chart, a note, and the way to its trend."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.charts.layout import Figure
from dashboard.components.chart_card import ChartResult, LegendEntry
from dashboard.components.table import table
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import TrendRequest, path

NAVIGATION_PX = 176  # the column at the left of a wide screen
WIDE_SCREEN_PX = 900  # the style sheet's bounds: navigation at the left,
TWO_COLUMNS_PX = 1_200  # and two cards in a row
EDGES_PX = 20
GAP_PX = 10
PADDING_PX = 24

# Zooming happens on the trend page; here a chart is for reading, and a swipe scrolls the page.
GRAPH_CONFIG = {
    "displayModeBar": False,
    "doubleClick": False,
    "responsive": True,
    # Plotly's own words are English, and its field for a range knows no clock.
    "showTips": False,
    "displayNotifier": False,
    "showAxisRangeEntryBoxes": False,
}


def card_width_px(screen_px: float, *, wide: bool) -> float:
    """Return the width that the style sheet gives to the chart of a card."""
    content_px = screen_px - EDGES_PX
    if screen_px >= WIDE_SCREEN_PX:
        content_px -= NAVIGATION_PX
    if screen_px >= TWO_COLUMNS_PX and not wide:
        content_px = (content_px - GAP_PX) / 2
    return max(content_px - PADDING_PX, 200.0)


def card(title: str, body: Sequence[Any], *, wide: bool = False, tools: Any = None) -> Any:
    """Return a card around anything."""
    head = html.Div(
        [html.H2(title), html.Div(tools, className="card-tools")], className="card-head"
    )
    return html.Section([head, *body], className="card card-wide" if wide else "card")


def folded_on_phone(
    title: Any, body: Sequence[Any], *, wide: bool = True, tools: Any = None, **more: str
) -> Any:
    """Return a card that a phone shows by its title alone, until somebody taps it."""
    head = html.Summary(html.H2(title), className="card-head")
    # Nothing else that is pressed may stand in what folds the card.
    beside = [] if tools is None else [html.Div(tools, className="card-tools")]
    width = "card card-wide" if wide else "card"
    return html.Details([head, *beside, *body], className=f"{width} phone-folded", **more)


def chart_place(element_id: Any) -> Any:
    """Return the place of a chart; a callback puts the chart into it."""
    return html.Div(id=element_id, className="chart")


def graph(figure: Figure, name: str, **more: Any) -> Any:
    """Return a chart as high as its figure; `name` is what a screen reader calls it."""
    height = {"height": f"{figure['layout']['height']}px"}
    drawn = dcc.Graph(figure=figure, style=height, **{"config": GRAPH_CONFIG} | more)
    return html.Div(drawn, role="img", **{"aria-label": name})


def chart_with_table(found: ChartResult, title: str, display: DisplaySettings) -> list[Any]:
    """Return the chart of a card, and its table, which is shown when asked for."""
    shown = html.Details(
        [
            html.Summary(display.text("chart.table")),
            table(found.table.titles, found.table.rows),
        ],
        className="chart-table",
    )
    return [graph(found.figure, chart_name(title, found.legend)), shown]


def chart_name(title: str, entries: Sequence[LegendEntry]) -> str:
    """Return what a chart is called: its title and what is drawn."""
    return ": ".join(filter(None, (title, ", ".join(entry.label for entry in entries))))


def trend_link(request: TrendRequest, display: DisplaySettings) -> Any:
    """Return the way from a card to a trend."""
    address = display.address(path(request))
    return dcc.Link(display.text("chart.trend"), href=address, className="quiet-link")


def legend(entries: Sequence[LegendEntry]) -> list[Any]:
    """Return the entries of a legend."""
    return [
        html.Span(
            [
                html.Span(
                    className="swatch hatched" if entry.is_hatched else "swatch",
                    style={"backgroundColor": entry.colour},
                ),
                html.Span(entry.label),
            ],
            className="legend-entry",
        )
        for entry in entries
    ]
