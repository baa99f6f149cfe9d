"""The trend page: any points over any window, from years down to single readings.

The address is the whole state. A change of points or window makes a new address; the address makes
the chart. So a trend can be bookmarked, sent to a colleague, and left with the back button.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from dash import Input, Output, State, callback, ctx, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.analysis.series import Series
from dashboard.analysis.window import Window, redraw_interval_s
from dashboard.charts.layout import zoomable
from dashboard.charts.trend import trend
from dashboard.components.card import card_width_px, chart_name, graph, legend
from dashboard.components.chart_card import ChartContext, LegendEntry, with_windows
from dashboard.components.point_lines import dropped_note, lines_of, notes_of, words
from dashboard.pages import registry
from dashboard.pages.alarms.spans import with_alarms
from dashboard.pages.assets.links import place_links
from dashboard.pages.context import PageContext, answer, away_note, page
from dashboard.pages.maintenance.links import mark_links
from dashboard.pages.registry import Page
from dashboard.pages.trends.controls import (
    TREND_CONFIG,
    point_choice,
    trend_page,
    unknown,
    window_text,
)
from dashboard.pages.trends.table import trend_table
from dashboard.store import history
from dashboard.store.doubts import doubts
from dashboard.store.limits import limits_within
from dashboard.store.newest import newest
from dashboard.texts import names
from dashboard.web import callback_input
from dashboard.web.trend_url import PRESETS_S, TrendRequest, address, parsed

ZOOM_FACTOR = 2.0
STEP_FRACTION = 0.5
STEPS = ("back", "forward", "in", "out", "now")
_MOVES: dict[str, Callable[[Window], Window]] = {
    "trend-back": lambda shown: shown.moved(-STEP_FRACTION),
    "trend-forward": lambda shown: shown.moved(STEP_FRACTION),
    "trend-in": lambda shown: shown.widened(1 / ZOOM_FACTOR),
    "trend-out": lambda shown: shown.widened(ZOOM_FACTOR),
}


def register() -> None:
    """Register the page and its callbacks with the app."""
    registry.register(Page("trends", "/trends", _layout, names("nav.trends"), in_navigation=True))
    changed = ("trend-address", "search"), ("trend-request", "data"), ("trend-window", "value")
    callback(
        *(Output(*one, allow_duplicate=True) for one in changed),
        Input("trend-points", "value"),
        Input("trend-window", "value"),
        *(Input(f"trend-{step}", "n_clicks") for step in STEPS),
        State("trend-request", "data"),
        prevent_initial_call=True,
    )(_changed)
    # Apart from the controls: a chart reports itself when it is drawn, and of two calls of one
    # callback that overlap Dash drops the first, which would be the reader's click.
    callback(
        *(Output(*one, allow_duplicate=True) for one in changed),
        Input("trend-graph", "relayoutData", allow_optional=True),
        State("trend-request", "data"),
        prevent_initial_call=True,
    )(_zoomed)
    callback(
        Output("trend-chart", "children"),
        Output("trend-legend", "children"),
        Output("trend-table", "children"),
        Output("trend-text", "children"),
        Output("trend-marks", "children"),
        Output("trend-following", "data-interval-s"),
        Input("screen", "data"),
        Input("tick", "data"),
        Input("trend-request", "data"),
    )(_draw)
    callback(
        Output("trend-points", "data"),
        Input("trend-request", "data"),
        prevent_initial_call=True,
    )(_offer)


async def _layout(**query: str) -> Any:
    search = f"?{urlencode(query)}"
    return await page(
        lambda context: trend_page(search, context.plant, context.now, context.display)
    )


async def _changed(points: Any, preset: Any, *rest: Any) -> tuple[Any, Any, Any]:
    """Turn what the reader did with the controls into a new address."""
    now = datetime.now(UTC)
    before = parsed(callback_input.text(rest[-1]), now)
    return _answered(
        before, _next(before, callback_input.texts(points), callback_input.text(preset), now)
    )


async def _zoomed(relayout: Any, search: Any) -> tuple[Any, Any, Any]:
    """Turn a drag across the chart, or a double click on it, into a new address."""
    now = datetime.now(UTC)
    before = parsed(callback_input.text(search), now)
    if not isinstance(relayout, dict):
        raise PreventUpdate
    shown = before.window(now)
    if relayout.get("xaxis.autorange"):
        return _answered(before, before.standing(shown.widened(ZOOM_FACTOR), now))
    start, end = (callback_input.moment(relayout.get(f"xaxis.range[{end}]")) for end in (0, 1))
    if start is None and end is None:
        raise PreventUpdate
    # Whoever drags one end of the axis leaves the other where it was.
    dragged = Window(start or shown.start, end or shown.end)
    if dragged.start >= dragged.end:
        raise PreventUpdate
    return _answered(before, before.standing(dragged, now))


def _answered(before: TrendRequest, after: TrendRequest | None) -> tuple[Any, Any, Any]:
    if after is None or after == before:
        raise PreventUpdate
    text = address(after)
    name = next((key for key, width in PRESETS_S.items() if width == after.width_s), None)
    return text, text, name if after.follows else None


def _next(
    before: TrendRequest, points: tuple[str, ...], preset: str, now: datetime
) -> TrendRequest | None:
    context = _triggers()
    if "trend-points" in context:
        return before.of(points)
    if "trend-window" in context and preset in PRESETS_S:
        return before.following(PRESETS_S[preset])
    if "trend-now" in context:
        return before.following(before.width_s)
    move = next((name for name in _MOVES if name in context), None)
    return None if move is None else before.standing(_MOVES[move](before.window(now)), now)


async def _offer(search: Any) -> Any:
    """Offer the points that the plant had in the window: those that are retired, too."""

    def build(context: PageContext) -> Any:
        if not context.plant.retired:
            return no_update  # the choice is the same in every window
        request = parsed(callback_input.text(search), context.now)
        return point_choice(request, context.plant, context.now, context.display)

    choice = await answer(build)
    return no_update if choice is None else choice


def _triggers() -> set[str]:
    """Return the elements that led to this call; there may be several."""
    return set(ctx.triggered_prop_ids.values())


async def _draw(screen: Any, _tick: object, search: Any) -> tuple[Any, ...]:
    width_px = card_width_px(callback_input.screen_px(screen), wide=True)
    now = datetime.now(UTC)
    request = parsed(callback_input.text(search), now)
    if _triggers() == {"tick"} and not request.follows:
        raise PreventUpdate  # a window that the reader has chosen stands still

    def build(context: PageContext) -> tuple[Any, ...]:
        window = request.window(context.now)
        if not any(name in context.plant.all_points for name in request.points):
            sentence = html.Div(context.user.text("trends.none"), className="note")
            return None, [], sentence, unknown(request, context.plant, context.display), [], ""
        return context.draw(window, width_px, lambda chart: _answer(chart, request, context))

    parts = await answer(build)
    if parts is not None:
        return parts
    return no_update, no_update, no_update, away_note(), no_update, no_update


def _answer(chart: ChartContext, request: TrendRequest, context: PageContext) -> tuple[Any, ...]:
    display, window, plant = chart.display, chart.window, context.plant
    every = plant.all_points
    points = [every[name] for name in request.points if name in every]
    notes = notes_of(points, window, display)
    px = display.frame.plot_width_px
    found: dict[int, Series] = history.series(chart.connection, points, window, display.zone, px)
    dropped = history.coarsened_before(chart.connection, points, window, px)
    limits = limits_within(plant.limits, window)
    why = doubts(chart.connection, found, chart.window)
    lines = lines_of(points, found, limits, display, why)
    figure = trend(lines, window, chart.now, display.frame, words(display))
    ids = [point.point_id for point in points]
    figure, of_windows = with_windows(with_alarms(figure, chart, ids), chart, ids)
    entries = [*(LegendEntry(line.label, line.colour) for line in lines), *of_windows]
    name = chart_name(display.text("nav.trends"), entries)
    interval_s = redraw_interval_s(window.width_s, px) if request.follows else ""
    return (
        graph(zoomable(figure), name, id="trend-graph", config=TREND_CONFIG),
        legend(entries),
        trend_table(points, lines, newest(chart.connection, found, window), window, display),
        [
            window_text(request, window, display),
            *unknown(request, plant, display),
            *(html.Div(note) for note in (*dropped_note(dropped, display), *notes)),
        ],
        [*place_links(points, plant, display), *mark_links(points, window, context)],
        str(interval_s),
    )
