"""The page of the state of the data, its callback, and its file."""

from datetime import datetime
from typing import Any

from dash import Input, Output, callback, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.auth.roles import Right, may
from dashboard.exports import csv_text
from dashboard.pages import registry
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.data_health.layout import health_cards
from dashboard.pages.data_health.table import completeness_rows
from dashboard.pages.registry import Page
from dashboard.store import access_log
from dashboard.store.data_health import data_health, sources
from dashboard.web.services import services
from dashboard.web.texts import names

PATH = "/data-health"
BODY, DOWNLOAD, BUTTON = "health-body", "health-file", "health-download"


def register() -> None:
    """Register the page and its callbacks with the app."""
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
    callback(Output(DOWNLOAD, "data"), Input(BUTTON, "n_clicks"), prevent_initial_call=True)(
        _download
    )


async def _layout(**_query: str) -> Any:
    return await page(_build)


def _build(context: PageContext) -> Any:
    display = context.display
    head = html.Div(
        [
            html.H1(display.text("health.title"), className="page-name"),
            html.Button(display.text("health.download"), id=BUTTON, className="button"),
            dcc.Download(id=DOWNLOAD),
        ],
        className="page-head",
    )
    return [head, html.Div(_body(context), id=BODY)]


def _body(context: PageContext) -> list[Any]:
    with services().database.open(context.user.viewer) as connection:
        health = data_health(connection, context.plant, context.now)
        lost = sources(connection)
    return health_cards(health, lost, context)


async def _draw(_tick: object) -> Any:
    """Look again, as a page that stands open does by itself."""
    body = await answer(_of_staff(_body))
    if body is None:
        raise PreventUpdate
    return body


async def _download(clicks: Any) -> Any:
    """Return the completeness of each point and day as a file."""
    if not clicks:
        raise PreventUpdate
    found = await answer(_of_staff(_file))
    if found is None:
        raise PreventUpdate
    return found


def _of_staff(build: Any) -> Any:
    """Return `build` for those who may open the page; others have nothing of it."""

    def checked(context: PageContext) -> Any:
        if not may(context.user.role, Right.SEE_DATA_HEALTH):
            raise PreventUpdate
        return build(context)

    return checked


def _file(context: PageContext) -> Any:
    name = _file_name(context.plant.key, context.now)
    with services().database.open_to_write(context.user.viewer) as connection:
        rows = completeness_rows(data_health(connection, context.plant, context.now), context)
        event = access_log.AuditEvent(access_log.Action.EXPORT, name, client=context.user.client)
        access_log.record(connection, event)
    content = csv_text.table(rows, list(rows[0]) if rows else [])
    return dcc.send_bytes(content, name)


def _file_name(site: str, now: datetime) -> str:
    return f"{site}-completeness-{now:%Y%m%dT%H%MZ}.csv"
