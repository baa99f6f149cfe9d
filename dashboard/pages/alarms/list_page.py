"""The list of alarms: what stands, or what is put aside; live, and answered from here."""

from typing import Any

from dash import Input, Output, State, callback, dcc, html
from dash.exceptions import PreventUpdate
from plotly.utils import PlotlyJSONEncoder

from dashboard.auth.roles import Right, may
from dashboard.pages import registry
from dashboard.pages.alarms.rows import alarm_list
from dashboard.pages.alarms.wording import tabs
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.not_found import unread
from dashboard.pages.registry import Page
from dashboard.store.alarms import PRIORITIES, PUT_ASIDE, STANDING, alarms_in, summary
from dashboard.texts import names
from dashboard.web import callback_input
from dashboard.web.services import services

ASIDE = "aside"


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(Page("alarms", "/alarms", _layout, names("nav.alarms"), in_navigation=True))
    callback(
        Output("alarm-list", "data-rows"),
        Input("alarm-tick", "data"),
        State("alarm-view", "data"),
        prevent_initial_call=True,
    )(_redraw)


async def _layout(show: str = "", priority: str = "", **_query: str) -> Any:
    return await page(lambda context: _build(context, show, priority))


def _build(context: PageContext, show: str, priority: str) -> list[Any]:
    display, user = context.display, context.user
    view = {"show": show, "priority": priority}
    known = {"show": ("", ASIDE), "priority": ("", *PRIORITIES)}
    left_out = [f"{name}={view[name]}" for name in known if view[name] not in known[name]]
    answers = may(user.role, Right.ANSWER_ALARMS) and show != ASIDE
    tools = [
        tabs(ASIDE if show == ASIDE else "standing", display, user),
        _acknowledge_all(context) if answers else None,
    ]
    return [
        html.H1(display.text("nav.alarms"), className="page-name"),
        dcc.Store(id="alarm-view", data=view),
        dcc.Store(id="alarm-seen"),
        html.Div(tools, className="alarm-tools"),
        unread(left_out, display),
        html.Section(
            html.Div(id="alarm-list", **{"data-rows": _rows(context, show, priority)}),
            className="card alarm-list",
        ),
    ]


def _acknowledge_all(context: PageContext) -> Any:
    text = context.display.text("alarms.acknowledge_all")
    return html.Div(
        [
            html.Div(id="alarm-all-said", className="form-said", role="status"),
            html.Button(text, id="alarm-acknowledge-all", className="button alarm-button"),
        ],
        className="alarm-all",
    )


def _rows(context: PageContext, show: str, priority: str) -> str:
    """Return the rows as `assets/alarm_rows.js` draws them."""
    states = PUT_ASIDE if show == ASIDE else STANDING
    wanted = priority if priority in PRIORITIES else None
    with services().database.open(context.user.viewer) as connection:
        found = alarms_in(connection, context.plant.key, states, wanted)
        known = summary(connection, context.plant.key)
    return str(PlotlyJSONEncoder().encode(alarm_list(found, known, context)))


async def _redraw(_tick: Any, view: Any) -> Any:
    asked = view if isinstance(view, dict) else {}
    show = callback_input.text(asked.get("show"))
    priority = callback_input.text(asked.get("priority"))
    rows = await answer(lambda context: _rows(context, show, priority))
    if rows is None:
        raise PreventUpdate
    return rows
