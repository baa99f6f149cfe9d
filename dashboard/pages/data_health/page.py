"""The page of the state of the data, and its callback."""

from typing import Any

from dash import Input, Output, callback, html
from dash.exceptions import PreventUpdate

from dashboard.auth.roles import Right, may
from dashboard.pages import registry
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.data_health.arriving import arriving_cards
from dashboard.pages.data_health.calibration import calibration_card
from dashboard.pages.data_health.clocks import clocks_card
from dashboard.pages.data_health.connections import connections_card
from dashboard.pages.data_health.judged_anew import judged_anew_card
from dashboard.pages.data_health.layout import health_cards
from dashboard.pages.data_health.table import ROWS_OF_A_LINE_MAX
from dashboard.pages.data_health.way import read_way
from dashboard.pages.registry import Page
from dashboard.store.data_health import data_health, sources
from dashboard.store.instruments import instrument_names, instruments
from dashboard.store.rechecks import rechecks
from dashboard.texts import names
from dashboard.web.request_user import current_user
from dashboard.web.services import services

PATH = "/data-health"
EXPORT_PATH = "/data-health.csv"
CONNECTIONS_PATH = "/data-health-connections.csv"
BODY = "health-body"


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(
        Page(
            "data_health",
            PATH,
            _layout,
            names("health.title"),
            right=Right.SEE_DATA_HEALTH,
            in_navigation=True,
            suits=lambda plant: bool(plant.points),
        )
    )
    callback(Output(BODY, "children"), Input("tick", "data"), prevent_initial_call=True)(_draw)


async def _layout(**_query: str) -> Any:
    return await page(_build)


def _build(context: PageContext) -> Any:
    display = context.display
    head = html.Div(
        [
            html.H1(display.text("health.title"), className="page-name"),
            html.A(
                display.text("health.download"),
                href=context.user.address(EXPORT_PATH),
                id="health-download",
                className="button",
            ),
        ],
        className="page-head",
    )
    return [head, html.Div(_body(context), id=BODY)]


def _body(context: PageContext) -> list[Any]:
    site = context.plant.key
    with services().database.open(context.user.viewer) as connection:
        health = data_health(connection, context.plant, context.now, ROWS_OF_A_LINE_MAX)
        lost = sources(connection)
        judged_anew = rechecks(connection, site)
        devices = instruments(connection, site, context.display.language)
        way = read_way(connection, devices, context)
    download = context.user.address(CONNECTIONS_PATH)
    return [
        *health_cards(health, way, devices, context),
        connections_card(way, download, context.display),
        calibration_card(devices, context),
        clocks_card(way.clocks, way.names, context.display),
        judged_anew_card(judged_anew, context.plant, instrument_names(devices), context.display),
        html.Div(arriving_cards(lost, context), className="cards"),
    ]


async def _draw(_tick: object) -> Any:
    """Look again, as a page that stands open does by itself."""
    if not may(current_user().role, Right.SEE_DATA_HEALTH):
        raise PreventUpdate
    body = await answer(_body)
    if body is None:
        raise PreventUpdate
    return body
