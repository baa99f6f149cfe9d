"""The link of a message: whoever is called acknowledges from it, signed in, once, and in time.

Opening the link does nothing, because programs open links of mail too; its button does.
"""

from typing import Any

from dash import Input, Output, State, callback, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.auth.roles import Right
from dashboard.auth.sessions import token_hash
from dashboard.pages import registry
from dashboard.pages.alarms.acts import write
from dashboard.pages.alarms.rows import alarm_told
from dashboard.pages.context import PageContext, answer, no_answer, page
from dashboard.pages.registry import Page
from dashboard.store.alarms import one_alarm
from dashboard.store.roster import alarm_of_link, answer_by_link
from dashboard.texts import names
from dashboard.web import callback_input
from dashboard.web.services import services

TOKEN_CHARACTERS_MAX = 100


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(
        Page(
            "alarm_answer",
            "/alarms/answer/<token>",
            _layout,
            names("nav.alarms"),
            right=Right.ANSWER_ALARMS,
        )
    )
    callback(
        Output("alarm-answered", "children"),
        Input("alarm-answer", "n_clicks"),
        State("alarm-token", "data"),
        prevent_initial_call=True,
    )(_answer)


async def _layout(token: str = "", **_query: str) -> Any:
    return await page(lambda context: _build(context, token))


def _build(context: PageContext, token: str) -> Any:
    display = context.display
    link = token[:TOKEN_CHARACTERS_MAX]
    with services().database.open(context.user.viewer) as connection:
        alarm_id = alarm_of_link(connection, token_hash(link))
        alarm = None if alarm_id is None else one_alarm(connection, alarm_id)
    return html.Div(
        [
            html.H1(display.text("answer.title")),
            alarm_told(alarm, context) if alarm else None,
            dcc.Store(id="alarm-token", data=link),
            html.Button(
                display.text("alarms.acknowledge"),
                id="alarm-answer",
                className="button alarm-button",
            ),
            html.Div(id="alarm-answered", className="form-said", role="status"),
            dcc.Link(
                display.text("alarms.back"),
                href=display.address("/alarms"),
                className="quiet-link",
            ),
        ],
        className="notice alarm-answer-page",
    )


async def _answer(clicks: Any, token: Any) -> Any:
    written = callback_input.text(token)[:TOKEN_CHARACTERS_MAX]
    if not clicks:
        raise PreventUpdate

    def build(context: PageContext) -> Any:
        failed = write(
            context,
            "alarm_answer_by_link",
            {},
            lambda connection: answer_by_link(connection, token_hash(written)),
            superseded="answer.over",
        )
        if failed:
            return html.Span(failed, className="warn")
        return context.display.text("alarms.acknowledged", count=1)

    said = await answer(build)
    return html.Span(no_answer(), className="warn") if said is None else said
