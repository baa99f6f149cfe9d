"""A key figure over time, by hour or by local day: where every tile of a key figure leads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from dash import Input, Output, State, callback, no_update
from dash.exceptions import PreventUpdate

from dashboard.analysis.kpi.definition import Kpi
from dashboard.components.card import card_width_px
from dashboard.components.kpi_tile import PAGE
from dashboard.pages import registry
from dashboard.pages.context import PageContext, answer, away_note, page
from dashboard.pages.key_figure.charts import over_time
from dashboard.pages.key_figure.layout import WINDOWS, figure_page, filled
from dashboard.pages.not_found import nothing_there
from dashboard.pages.registry import Page
from dashboard.web.callback_input import screen_px, text
from dashboard.web.texts import names
from dashboard.web.trend_url import PRESETS_S, TrendRequest, parsed

PLACES = ("tile", "chart", "note", "tools", "happened", "table")


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(Page("figure", PAGE, _layout, names("figure.title")))
    callback(
        *(Output(f"figure-{place}", "children") for place in PLACES),
        Input("screen", "data"),
        Input("tick", "data"),
        Input("figure-window", "value"),
        State("figure-request", "data"),
    )(_draw)


async def _layout(**query: str) -> Any:
    search = "&".join(f"{key}={value}" for key, value in query.items())

    def build(context: PageContext) -> Any:
        kpi = _kpi(search, context.kpis)
        if kpi is None:
            return nothing_there()
        request = parsed(search, context.now)
        preset = next((one for one in WINDOWS if PRESETS_S[one] == request.width_s), None)
        chosen = preset if request.follows else None
        return figure_page(kpi, search, chosen, context.plant.all_points, context.display)

    return await page(build)


async def _draw(screen: Any, _tick: object, window: Any, search: Any) -> tuple[Any, ...]:
    width_px, preset = card_width_px(screen_px(screen), wide=True), text(window)

    def build(context: PageContext) -> tuple[Any, ...]:
        kpi = _kpi(text(search), context.kpis)
        if kpi is None:
            raise PreventUpdate
        request = _request(text(search), preset, context.now)
        points = context.plant.all_points
        found = context.draw(
            request.window(context.now), width_px, lambda chart: over_time(chart, kpi)
        )
        return filled(found, request, points, context.display)

    parts = await answer(build)
    if parts is not None:
        return parts
    # All stays as it was, and the note says that it does.
    return tuple(away_note() if place == "note" else no_update for place in PLACES)


def _request(search: str, preset: str, now: datetime) -> TrendRequest:
    """Return the window that was chosen on the page, else that of its address."""
    request = parsed(search, now)
    if preset in WINDOWS:
        return request.following(PRESETS_S[preset])
    return request


def _kpi(search: str, kpis: Sequence[Kpi]) -> Kpi | None:
    """Return the key figure of an address; None if the viewer's plant has none of that name."""
    key = parse_qs(search.lstrip("?")).get("k", [""])[0]
    return next((kpi for kpi in kpis if kpi.key == key), None)
