"""The page of an asset or a stream, to which the process drawing leads."""

from datetime import UTC, datetime
from typing import Any

from dash import Input, Output, State, callback, no_update

from dashboard.analysis.window import ending
from dashboard.components.card import card_width_px, chart_with_table, legend, trend_link
from dashboard.components.chart_card import (
    ChartContext,
    ChartResult,
    draw_points,
    first_of,
    with_notes,
)
from dashboard.pages import registry
from dashboard.pages.assets.contents import contents
from dashboard.pages.assets.layout import DEFAULT_WINDOW, WINDOWS, asset_page
from dashboard.pages.assets.links import PATH
from dashboard.pages.context import PageContext, answer, away_note, page
from dashboard.pages.not_found import gone
from dashboard.pages.registry import Page
from dashboard.store.element_page import element_records
from dashboard.texts import names
from dashboard.web.callback_input import screen_px, text
from dashboard.web.request_user import RequestUser, current_user
from dashboard.web.services import services
from dashboard.web.trend_url import PRESETS_S, TrendRequest


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(
        Page(
            "asset",
            PATH.format(key="<key>"),
            _layout,
            names("asset.title"),
            title=_name,
            site_of=_site_of,
        )
    )
    callback(
        *(Output(f"asset-{place}", "children") for place in ("chart", "legend", "note", "tools")),
        Input("screen", "data"),
        Input("tick", "data"),
        Input("asset-window", "value"),
        State("asset-key", "data"),
    )(_draw)


async def _name(key: str = "") -> str:
    def name(context: PageContext) -> str:
        element = context.plant.model.elements.get(key)
        return context.display.name(element.name) if element else ""

    return await answer(name) or current_user().text("asset.title")


def _site_of(user: RequestUser, key: str) -> str | None:
    """Return the site at which the viewer is, if it has such an asset or stream."""
    plant = services().plants.of(user.viewer, user.site, datetime.now(UTC))
    return plant.key if key in plant.model.elements else None


async def _layout(key: str = "", **_query: str) -> Any:
    def build(context: PageContext) -> Any:
        found = contents(key, context.plant)
        if found is None:
            return gone("asset", key, context.display)
        figures = context.figures([kpi for kpi in context.kpis if kpi.item == key])
        with services().database.open(context.user.viewer) as connection:
            ids = [one.point.point_id for one in found.points]
            records = element_records(
                connection, context.plant.key, key, ids, context.display.language
            )
        return asset_page(found, context.plant, records, figures, context.display)

    return await page(build)


async def _draw(screen: Any, _tick: object, window: Any, key: Any) -> tuple[Any, ...]:
    chosen = text(window) if text(window) in WINDOWS else DEFAULT_WINDOW
    width_s, width_px = PRESETS_S[chosen], card_width_px(screen_px(screen), wide=True)

    def build(context: PageContext) -> tuple[Any, ...]:
        found = contents(text(key), context.plant)
        if found is None:
            return None, [], context.display.text("gone.card"), None

        def draw(chart: ChartContext) -> ChartResult | None:
            result = draw_points(chart, found.drawn)
            return result and first_of(
                len(found.measured), with_notes(result, chart), context.display
            )

        result = context.draw(ending(context.now, width_s), width_px, draw)
        if result is None:
            return None, [], context.display.text("gone.card"), None
        title = context.display.name(found.element.name)
        link = trend_link(TrendRequest().of(result.points).following(width_s), context.display)
        shown = chart_with_table(result, title, context.display)
        return shown, legend(result.legend), result.note, link

    parts = await answer(build)
    return parts if parts is not None else (no_update, no_update, away_note(), no_update)
