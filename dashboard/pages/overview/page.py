"""The overview: values now, key figures by pillar, the process, a trend, what deviates."""

import json
from dataclasses import replace
from typing import Any

from dash import Input, Output, callback, html, no_update

from dashboard.analysis.kpi.definition import Kpi
from dashboard.analysis.window import ending
from dashboard.auth.roles import Right, may
from dashboard.charts.decimals import NO_VALUE
from dashboard.components.card import (
    card,
    card_width_px,
    chart_place,
    chart_with_table,
    legend,
    trend_link,
)
from dashboard.components.chart_card import ChartContext, ChartResult, drawn
from dashboard.components.chart_key import chart_key
from dashboard.components.kpi_tile import key_figure
from dashboard.components.value_tile import point_facts
from dashboard.pages import registry
from dashboard.pages.boards.cards import cards_of
from dashboard.pages.boards.layout import value_tiles
from dashboard.pages.boards.page import OVERVIEW as OVERVIEW_KEY
from dashboard.pages.boards.shown import first_of_each
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.data_health.page import PATH as DATA_HEALTH
from dashboard.pages.overview.measured_points import measured_points
from dashboard.pages.overview.process_drawing import process
from dashboard.pages.registry import Page
from dashboard.pages.trials.list_page import trial_list
from dashboard.store.plant import Plant
from dashboard.web.callback_input import screen_px
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import PRESETS_S, TrendRequest
from schemas.catalogue.pages import pages

WINDOW = "24h"
OVERVIEW = pages()[OVERVIEW_KEY]
TILES_OF_ONE_ROLE_MAX = 1
TILES_MAX = 8
# As the style sheet has it: from where on the cards below stand beside each other, how broad the
# trend is there, and from where on all of it fits one screen.
BESIDE_MIN_PX = 1_200
TREND_SHARE = 0.36
ONE_SCREEN_MIN_PX = 1_472
# What a plant stands for: the first key figure of each pillar is shown.
PILLARS = ("energy", "water", "recovery", "substances", "sludge")
FIGURES_MIN = 4  # others fill up what pillars leave


def register() -> None:
    """Register the page and its callback with the app."""
    # Whoever is here for trials finds their list on the first page, under its own name in the menu.
    registry.register(
        Page(
            "overview",
            "/",
            _layout,
            OVERVIEW.name,
            in_navigation=True,
            link_right=Right.SEE_PLANT,
        )
    )
    callback(
        Output("overview-trend", "children"),
        Output("overview-legend", "children"),
        Output("overview-note", "children"),
        Output("overview-tools", "children"),
        Input("screen", "data"),
        Input("tick", "data"),
    )(_draw)


async def _layout(**_query: str) -> Any:
    return await page(_build)


def _build(context: PageContext) -> Any:
    plant, display = context.plant, context.display
    if context.user.only_trials:
        return trial_list(context)
    if not plant.points:
        return html.Div(display.text("app.no_points"), className="notice")
    tiles = value_tiles(OVERVIEW, plant, display, each_max=TILES_OF_ONE_ROLE_MAX)[:TILES_MAX]
    below = [_trend_card(display) if cards_of(OVERVIEW, plant) else None]
    below += [card(display.text("overview.figures"), [_pillars(context)])]
    below += [_deviations(context)]
    parts = [
        html.H1(display.name(OVERVIEW.name), className="page-name unseen"),
        html.Div(tiles, className="tiles tiles-overview") if tiles else None,
        _process_card(plant, display) if plant.model.elements else None,
        None if tiles else measured_points(plant, display),
        html.Div([each for each in below if each is not None], className="below"),
        html.Div(display.text("overview.no_roles"), className="note") if not tiles else None,
    ]
    return html.Div([part for part in parts if part is not None], className="overview")


def _process_card(plant: Plant, display: DisplaySettings) -> Any:
    key = [
        html.Span(display.text(f"process.{sort}"), className=f"key-{sort}")
        for sort in ("water", "sludge", "bypass", "gas")
    ]
    key.append(html.Span(display.text("origin.synthetic"), className="key-synthetic"))
    drawing = process(plant, display)
    tools = html.Div(key, className="pipe-key")
    return card(display.text("overview.process"), [drawing], wide=True, tools=tools)


def _pillars(context: PageContext) -> Any:
    display, plant = context.display, context.plant
    # Those of the site come first: a plant that says what it stands for is right.
    first = {kpi.figure.pillar: kpi for kpi in reversed(plant.kpis) if kpi.figure}
    chosen = [first[pillar] for pillar in PILLARS if pillar in first]
    chosen += [
        kpi for kpi in first_of_each(plant.kpis_of(plant.figures_on(OVERVIEW))) if kpi not in chosen
    ]
    others = [kpi for kpi in plant.kpis if kpi.figure and not kpi.item and kpi not in chosen]
    chosen += others[: max(FIGURES_MIN - len(chosen), 0)]
    tiles = [
        key_figure(figure, plant.points, display, pillar=_pillar(figure.kpi, display))
        for figure in context.figures(chosen)
    ]
    return html.Div([*tiles, _fresh(display)], className="tiles")


def _pillar(kpi: Kpi, display: DisplaySettings) -> str:
    pillar = kpi.figure.pillar if kpi.figure else None
    return display.text(f"pillar.{pillar}") if pillar else ""


def _fresh(display: DisplaySettings) -> Any:
    """Return the share of points that are up to date; the page's script counts."""
    content = [
        html.Div(display.text("pillar.digital"), className="pillar"),
        html.Div(display.text("pillar.fresh"), className="value-name"),
        html.Div(
            [html.Span(NO_VALUE, className="number"), html.Span(" %", className="unit")],
            className="tile-number",
        ),
        html.Div("", className="value-foot"),
    ]
    words = display.text("pillar.fresh_count")
    return html.Div(content, id="fresh", className="tile key-figure", **{"data-words": words})


def _trend_card(display: DisplaySettings) -> Any:
    body = [
        html.Div(id="overview-legend", className="legend"),
        chart_place("overview-trend"),
        html.Div(
            [html.Div(id="overview-note"), chart_key(display)], className="note overview-notes"
        ),
    ]
    tools = html.Div(id="overview-tools")
    return card(display.name(OVERVIEW.cards[0].name), body, tools=tools)


def _deviations(context: PageContext) -> Any:
    plant = context.plant
    facts = [point_facts(point, context.display) for point in plant.points.values()]
    sees_all = may(context.user.role, Right.SEE_DATA_HEALTH)
    rest = {"data-rest": context.user.address(DATA_HEALTH)} if sees_all else {}
    listed = html.Div(
        id="deviations",
        className="deviations",
        role="log",
        **{"data-points": json.dumps(facts, ensure_ascii=False)},
        **rest,
    )
    count = html.Span(id="deviations-count", className="quiet")
    return card(context.display.text("overview.deviations"), [listed], tools=count)


async def _draw(screen: Any, _tick: object) -> tuple[Any, ...]:
    width_px = card_width_px(screen_px(screen), wide=True)
    if screen_px(screen) >= BESIDE_MIN_PX:
        width_px *= TREND_SHARE

    def build(context: PageContext) -> tuple[Any, ...]:
        width_s = PRESETS_S[WINDOW]
        cards = cards_of(OVERVIEW, context.plant)
        window = ending(context.now, width_s)
        fits_screen = screen_px(screen) >= ONE_SCREEN_MIN_PX

        def draw(chart: ChartContext) -> ChartResult | None:
            display = replace(chart.display, is_low=fits_screen)
            return drawn(cards[0], replace(chart, display=display))

        found = context.draw(window, width_px, draw) if cards else None
        if found is None:
            return None, [], context.display.text("chart.no_points"), None
        link = trend_link(TrendRequest().of(found.points).following(width_s), context.display)
        title = context.display.name(cards[0].name)
        shown = chart_with_table(found, title, context.display)
        if fits_screen:
            # It takes what room there is, and leaves little at its edges.
            found.figure["layout"].pop("height")
            found.figure["layout"]["margin"] |= {"t": 24, "b": 34}
        return shown, legend(found.legend), found.note, link

    parts = await answer(build)
    return parts if parts is not None else (no_update,) * 4
