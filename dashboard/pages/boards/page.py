"""The pages of the catalogue: live values, key figures and charts over what a plant has."""

from functools import partial
from typing import Any

from dash import MATCH, Input, Output, State, callback, no_update
from dash.exceptions import PreventUpdate

from dashboard.analysis.window import ending
from dashboard.auth.roles import Right
from dashboard.components.card import card_width_px, chart_with_table, legend, trend_link
from dashboard.components.chart_card import ChartResult, drawn
from dashboard.pages import registry
from dashboard.pages.boards.cards import cards_of, has_content
from dashboard.pages.boards.layout import board_page, width_of
from dashboard.pages.boards.shown import first_of_each
from dashboard.pages.context import PageContext, answer, away_note, page
from dashboard.pages.registry import Page
from dashboard.web.callback_input import screen_px, text
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import TrendRequest
from schemas.catalogue.pages import PageData, pages

OVERVIEW = "overview"  # which has more than a board, and a module of its own


def register() -> None:
    """Register the pages and their callback with the app."""
    for key, board in pages().items():
        if key != OVERVIEW:
            registry.register(
                Page(
                    key,
                    f"/{key}",
                    partial(_layout, board),
                    board.name,
                    Right.SEE_PLANT,
                    in_navigation=True,
                    suits=partial(has_content, board),
                )
            )
    place = {"board": MATCH, "card": MATCH}
    callback(
        Output({"type": "graph", **place}, "children"),
        Output({"type": "legend", **place}, "children"),
        Output({"type": "note", **place}, "children"),
        Output({"type": "tools", **place}, "children"),
        Input("screen", "data"),
        Input("tick", "data"),
        Input({"type": "window", "board": MATCH}, "value"),
        State({"type": "graph", **place}, "id"),
    )(_draw)


async def _layout(board: PageData, /, **_query: str) -> Any:
    def build(context: PageContext) -> Any:
        kpis = context.plant.kpis_of(context.plant.figures_on(board))
        figures = context.figures(list(first_of_each(kpis)))
        return board_page(board, context.plant, figures, context.display)

    return await page(build)


async def _draw(screen: Any, _tick: object, window: Any, place: dict[str, Any]) -> tuple[Any, ...]:
    board, width_s = pages().get(text(place["board"])), width_of(text(window))
    if board is None:
        raise PreventUpdate

    def build(context: PageContext) -> tuple[Any, ...]:
        cards = {card.key: card for card in cards_of(board, context.plant)}
        card = cards.get(text(place["card"]))
        if card is None:
            return None, [], context.display.text("gone.card"), None
        width_px = card_width_px(screen_px(screen), wide=card.wide)
        found = context.draw(ending(context.now, width_s), width_px, partial(drawn, card))
        return _parts(found, context.display.name(card.name), width_s, context.display)

    parts = await answer(build)
    if parts is not None:
        return parts
    # The chart stays as it was, and says that it does.
    return no_update, no_update, away_note(), no_update


def _parts(
    found: ChartResult | None, title: str, width_s: float, display: DisplaySettings
) -> tuple[Any, ...]:
    if found is None:
        return None, [], display.text("chart.no_points"), None
    link = trend_link(TrendRequest().of(found.points).following(width_s), display)
    return chart_with_table(found, title, display), legend(found.legend), found.note, link
