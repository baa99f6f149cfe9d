"""The pages of the catalogue: live values, key figures and charts over what a plant has."""

from functools import partial
from typing import Any

from dash import MATCH, Input, Output, State, callback, no_update
from dash.exceptions import PreventUpdate

from dashboard.analysis.window import ending
from dashboard.auth.roles import Right
from dashboard.components.card import card_width_px, chart_with_table, legend, trend_link
from dashboard.components.chart_card import Drawn, drawn
from dashboard.pages import registry
from dashboard.pages.boards.cards import cards_of, has_content
from dashboard.pages.boards.layout import board_page, width_of
from dashboard.pages.context import Question, answer, away_note, page
from dashboard.pages.registry import Page
from dashboard.web.callback_input import screen_px, text
from dashboard.web.display import Reader
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
    def build(asked: Question) -> Any:
        figures = asked.figures(asked.plant.kpis_of(board.key_figures))
        return board_page(board, asked.plant, figures, asked.reader)

    return await page(build)


async def _draw(screen: Any, _tick: object, window: Any, place: dict[str, Any]) -> tuple[Any, ...]:
    board, width_s = pages().get(text(place["board"])), width_of(text(window))
    if board is None:
        raise PreventUpdate

    def build(asked: Question) -> tuple[Any, ...]:
        cards = {card.key: card for card in cards_of(board, asked.plant)}
        card = cards.get(text(place["card"]))
        if card is None:
            raise PreventUpdate
        width_px = card_width_px(screen_px(screen), wide=card.wide)
        found = asked.draw(ending(asked.now, width_s), width_px, partial(drawn, card))
        return _parts(found, asked.reader.name(card.name), width_s, asked.reader)

    parts = await answer(build)
    if parts is not None:
        return parts
    # The chart stays as it was, and says that it does.
    return no_update, no_update, away_note(), no_update


def _parts(found: Drawn | None, title: str, width_s: float, reader: Reader) -> tuple[Any, ...]:
    if found is None:
        return None, [], reader.text("chart.no_points"), None
    link = trend_link(TrendRequest().of(found.points).following(width_s), reader)
    return chart_with_table(found, title, reader), legend(found.legend), found.note, link
