"""How much the alarms ask of people, held against EEMUA 191 and ISA-18.2, with what would help."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from dash import Input, Output, State, callback, dcc, html, no_update

from dashboard.analysis.alarms.load import FLOOD_MORE_THAN, SLOT
from dashboard.analysis.alarms.performance import Performance, performance
from dashboard.analysis.window import Window
from dashboard.auth.roles import Right
from dashboard.charts.alarm_load import LoadBars, load_bars
from dashboard.components.card import card, card_width_px, chart_place, graph
from dashboard.pages import registry
from dashboard.pages.alarm_performance.tables import figures_table, nuisance_cards
from dashboard.pages.alarms.wording import tabs
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.not_found import left_out, unread
from dashboard.pages.registry import Page
from dashboard.store.alarms import OCCURRENCES_MAX, Reported, reported
from dashboard.texts import names
from dashboard.web.callback_input import screen_px
from dashboard.web.display import DisplaySettings
from dashboard.web.services import services

PATH = "/alarms/performance"
DAYS = (1, 7, 30)
DAYS_CHOSEN = 7
OPERATORS = (1, 2, 3, 4)


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(
        Page(
            "alarm_performance",
            PATH,
            _layout,
            names("alarms.tab.performance"),
            right=Right.SEE_PLANT,
        )
    )
    callback(
        Output("alarm-load", "children"),
        Input("screen", "data"),
        State("alarm-load-of", "data"),
    )(_draw)


async def _layout(**query: str) -> Any:
    return await page(lambda context: _build(context, query))


def _one_of(text: Any, choices: Sequence[int], otherwise: int) -> int:
    return next((choice for choice in choices if str(choice) == str(text)), otherwise)


def _read(context: PageContext, days: int, operators: int) -> tuple[Reported, Performance]:
    window = Window(context.now - timedelta(days=days), context.now)
    with services().database.open(context.user.viewer) as connection:
        found = reported(connection, context.plant.key, window)
    return found, performance(found.occurrences, window, context.now, operators)


def _build(context: PageContext, query: Mapping[str, str]) -> list[Any]:
    display = context.display
    days = _one_of(query.get("days"), DAYS, DAYS_CHOSEN)
    operators = _one_of(query.get("operators"), OPERATORS, OPERATORS[0])
    read = {"days": str(days), "operators": str(operators)}
    found, report = _read(context, days, operators)
    known = [html.Div(display.text("performance.raised", count=display.number(report.raised, 0)))]
    if found.silent:
        count = display.number(found.silent, 0)
        known.append(html.Div(display.text("performance.silent", count=count)))
    if found.is_cut:
        said = display.text("performance.cut", count=display.number(OCCURRENCES_MAX, 0))
        known.append(html.Div(said, className="warn"))
    return [
        html.H1(display.text("alarms.tab.performance"), className="page-name"),
        dcc.Store(id="alarm-load-of", data={"days": days, "operators": operators}),
        html.Div(
            [tabs("performance", display, context.user), _choices(days, operators, display)],
            className="alarm-tools",
        ),
        unread(left_out(query, [key for key in read if query.get(key) == read[key]]), display),
        card(
            display.text("performance.load"),
            [html.Div(known, className="note"), chart_place("alarm-load")],
            wide=True,
        ),
        card(display.text("performance.figures"), [figures_table(report, display)], wide=True),
        html.Div(nuisance_cards(report, found.names, context), className="cards"),
    ]


def _choices(days: int, operators: int, display: DisplaySettings) -> Any:
    def link(shown: int, chosen: int, query: str) -> Any:
        classes = "choice current" if shown == chosen else "choice"
        return dcc.Link(str(shown), href=display.address(f"{PATH}?{query}"), className=classes)

    over = [link(one, days, f"days={one}&operators={operators}") for one in DAYS]
    among = [link(one, operators, f"days={days}&operators={one}") for one in OPERATORS]
    return html.Div(
        [
            html.Div(
                [html.Span(display.text(f"performance.{key}"), className="quiet"), *links],
                className="choices choice-links",
            )
            for key, links in (("days", over), ("operators", among))
        ],
        className="alarm-choices",
    )


async def _draw(screen: Any, asked: Any) -> Any:
    width_px = card_width_px(screen_px(screen), wide=True)
    given = asked if isinstance(asked, dict) else {}
    days = _one_of(given.get("days"), DAYS, DAYS_CHOSEN)
    operators = _one_of(given.get("operators"), OPERATORS, OPERATORS[0])

    def build(context: PageContext) -> Any:
        _, report = _read(context, days, operators)
        display = context.user.display(context.plant.zone, width_px)
        bars = LoadBars(
            report.load.starts(),
            report.load.counts.tolist(),
            SLOT.total_seconds(),
            FLOOD_MORE_THAN * operators,
            display.text("performance.in_ten_minutes"),
        )
        name = display.text("performance.load")
        return graph(load_bars(bars, report.load.window, display.frame), name)

    drawn = await answer(build)
    return no_update if drawn is None else drawn
