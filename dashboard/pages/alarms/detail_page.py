"""The page of one alarm, at its own address. "No such alarm" and "not yours" are one page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dash import Input, Output, State, callback, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.analysis.window import Window
from dashboard.components.card import card_width_px, chart_with_table, legend
from dashboard.components.chart_card import ChartContext, ChartResult, draw_points
from dashboard.pages import registry
from dashboard.pages.alarms.acts import offered
from dashboard.pages.alarms.detail import FIELDS, detail_page, forms, standing, written
from dashboard.pages.alarms.journal_table import event_rows
from dashboard.pages.alarms.spans import alarm_limits, with_alarms
from dashboard.pages.alarms.wording import point_of
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.registry import Page
from dashboard.store.alarm_definitions import of_alarm
from dashboard.store.alarm_journal import Event, Search, journal
from dashboard.store.alarms import Alarm, alarm_site, one_alarm, summary
from dashboard.texts import names
from dashboard.web.callback_input import screen_px
from dashboard.web.display import DisplaySettings
from dashboard.web.form_input import read_public_id
from dashboard.web.request_user import RequestUser, current_user
from dashboard.web.services import services

AROUND = timedelta(minutes=30)
EVENTS_MAX = 20


def register() -> None:
    """Register the page and its callbacks with the app."""
    registry.register(
        Page(
            "alarm",
            "/alarms/<alarm_id>",
            _layout,
            names("nav.alarms"),
            title=_name,
            site_of=_site_of,
        )
    )
    callback(
        Output("alarm-detail", "children"),
        Output("alarm-forms", "children"),
        Output("alarm-events", "children"),
        Output("alarm-offered", "data"),
        Input("alarm-tick", "data"),
        State("alarm-shown", "data"),
        State("alarm-offered", "data"),
        State(FIELDS, "value"),
        State(FIELDS, "id"),
        prevent_initial_call=True,
    )(_redraw)
    callback(
        Output("alarm-chart", "children"),
        Output("alarm-legend", "children"),
        Input("screen", "data"),
        State("alarm-shown", "data"),
    )(_draw)


def _site_of(user: RequestUser, alarm_id: str) -> str | None:
    number = read_public_id(alarm_id)
    if number is None:
        return None
    with services().database.open(user.viewer) as connection:
        return alarm_site(connection, number)


async def _name(alarm_id: str = "") -> str:
    found = await answer(lambda context: _called(context, alarm_id))
    return found or current_user().text("nav.alarms")


def _called(context: PageContext, alarm_id: str) -> str:
    found = _read(context, alarm_id)
    return context.display.name(found[0].name) if found else context.display.text("alarms.unknown")


async def _layout(alarm_id: str = "", **_query: str) -> Any:
    return await page(lambda context: _build(context, alarm_id))


def _build(context: PageContext, alarm_id: str) -> Any:
    found = _read(context, alarm_id)
    if found is None:
        return no_alarm(context.display)
    return detail_page(*found, context)


def _read(context: PageContext, alarm_id: Any) -> tuple[Alarm, list[Event], str] | None:
    number = read_public_id(alarm_id)
    if number is None:
        return None
    with services().database.open(context.user.viewer) as connection:
        alarm = one_alarm(connection, number)
        if alarm is None:
            return None
        events = journal(connection, Search(context.plant.key, alarm=number), EVENTS_MAX)
        digest = summary(connection, context.plant.key).digest
    return alarm, list(events.rows), digest


def no_alarm(display: DisplaySettings) -> Any:
    """Return the page of an alarm that is not there, or not the viewer's."""
    back = dcc.Link(
        display.text("alarms.back"), href=display.address("/alarms"), className="quiet-link"
    )
    return html.Div([html.H1(display.text("alarms.unknown")), back], className="notice")


async def _redraw(
    _tick: Any, shown: Any, before: Any, values: Any, ids: Any
) -> tuple[Any, Any, Any, Any]:
    """Show the alarm anew; its forms only if others fit now, with what is written in them."""

    def build(context: PageContext) -> tuple[Any, Any, Any, Any]:
        found = _read(context, shown)
        if found is None:
            return no_alarm(context.display), [], [], []
        alarm, events, digest = found
        acts = offered(alarm, context.user)
        return (
            standing(alarm, digest, context),
            no_update if acts == before else forms(alarm, context, written(ids, values)),
            event_rows(events, context, of_one=True),
            acts,
        )

    parts = await answer(build)
    if parts is None:
        raise PreventUpdate
    return parts


async def _draw(screen: Any, shown: Any) -> tuple[Any, Any]:
    width_px = card_width_px(screen_px(screen), wide=True)

    def build(context: PageContext) -> tuple[Any, Any]:
        found = _read(context, shown)
        point = point_of(found[0].point_id, context.plant) if found else None
        if found is None or point is None or point.path not in context.plant.points:
            return html.Div(context.display.text("alarms.no_trend"), className="note"), []
        alarm = found[0]
        window = window_around(alarm, context)
        drawn = context.draw(window, width_px, lambda chart: _chart(chart, point.path, alarm))
        if drawn is None:
            return html.Div(context.display.text("chart.nothing"), className="note"), []
        title = context.display.name(alarm.name)
        return chart_with_table(drawn, title, context.display), legend(drawn.legend)

    parts = await answer(build)
    return parts if parts is not None else (no_update, no_update)


def window_around(alarm: Alarm, context: PageContext) -> Window:
    """Return the hour around the raising; the last hour of one that never was raised."""
    middle = alarm.raised_at or context.now - AROUND
    return Window(middle - AROUND, middle + AROUND)


def _chart(chart: ChartContext, path: str, alarm: Alarm) -> ChartResult | None:
    limits = alarm_limits(of_alarm(chart.connection, alarm.alarm_id), chart)
    found = draw_points(chart, [path], more_limits={path: limits})
    if found is None or alarm.point_id is None:
        return found
    return replace(found, figure=with_alarms(found.figure, chart, [alarm.point_id]))
