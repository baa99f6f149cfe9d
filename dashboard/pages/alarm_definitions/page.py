"""The definition of one alarm: as it is, as it was, and the form by which engineers change it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dash import MATCH, Input, Output, State, callback, dcc, html
from dash.dependencies import ALL

from dashboard.auth.roles import Right, may
from dashboard.components.alarm_badge import priority_sign
from dashboard.components.card import card
from dashboard.components.form import Field, field_content, folded, hint
from dashboard.components.table import table
from dashboard.pages import registry
from dashboard.pages.alarm_definitions.callbacks import send
from dashboard.pages.alarm_definitions.form import PATH, definition_form, watch_choice
from dashboard.pages.alarm_definitions.input import WATCHES
from dashboard.pages.alarm_definitions.role_choice import role_place
from dashboard.pages.alarm_definitions.wording import class_text
from dashboard.pages.alarms.condition_wording import condition_text
from dashboard.pages.alarms.detail_page import no_alarm
from dashboard.pages.alarms.wording import duration_text, tabs
from dashboard.pages.context import PageContext, page
from dashboard.pages.registry import Page
from dashboard.store.alarm_definitions import Definition, Known, alarms_in_use, of_alarm, site_of
from dashboard.texts import names
from dashboard.web.display import DisplaySettings
from dashboard.web.form_input import read_public_id
from dashboard.web.request_user import RequestUser
from dashboard.web.services import services

COLUMNS = ("from", "until", "condition", "priority", "who", "reason")


def register() -> None:
    """Register the pages and their callback with the app."""
    name = names("alarms.tab.definitions")
    registry.register(
        Page("alarm_new", f"{PATH}/new", _new, name, right=Right.DEFINE_ALARMS)
    )  # before the other, in whose address Dash would find it
    registry.register(
        Page("alarm_definition", f"{PATH}/<alarm_id>", _layout, name, site_of=_site_of)
    )
    fields = {"type": "definition-field", "field": ALL}
    callback(
        Output({"type": "definition-said", "what": MATCH}, "children"),
        Input({"type": "definition-send", "what": MATCH}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("definition-shown", "data"),
        prevent_initial_call=True,
    )(send)


def _site_of(user: RequestUser, alarm_id: str) -> str | None:
    number = read_public_id(alarm_id)
    if number is None:
        return None
    with services().database.open(user.viewer) as connection:
        return site_of(connection, number)


async def _new(watch: str = "", point: str = "", **_query: str) -> Any:
    chosen = watch if watch in WATCHES else next(iter(WATCHES))
    return await page(lambda context: _new_page(context, chosen, point))


def _new_page(context: PageContext, watch: str, point: str) -> Any:
    display = context.display
    with services().database.open(context.user.viewer) as connection:
        known = alarms_in_use(connection, context.plant.key)
    at = point if point in context.plant.points else ""
    return [
        html.H1(display.text("definitions.add"), className="page-name"),
        _tools(display, context),
        _shown(None, watch),
        html.Div(watch_choice(watch, at, display), className="alarm-tools"),
        html.Section(
            definition_form(None, watch, known, context, at), className="card alarm-forms"
        ),
    ]


async def _layout(alarm_id: str = "", **_query: str) -> Any:
    return await page(lambda context: _build(context, read_public_id(alarm_id)))


def _build(context: PageContext, alarm: UUID | None) -> Any:
    if alarm is None:
        return no_alarm(context.display)
    with services().database.open(context.user.viewer) as connection:
        found = of_alarm(connection, alarm)
        known = alarms_in_use(connection, context.plant.key)
    if not found:
        return no_alarm(context.display)
    display, newest = context.display, found[0]
    head = [priority_sign(newest.priority, display, worded=True), " ", display.name(newest.name)]
    is_of_role = "role" in newest.condition
    way = dcc.Link(
        display.text("definitions.to_alarms" if is_of_role else "definitions.to_alarm"),
        href=display.address(f"{PATH}?q={newest.key}:" if is_of_role else f"/alarms/{alarm}"),
        className="quiet-link",
    )
    return [
        html.H1(head, className="page-name alarm-title"),
        _tools(display, context),
        _shown(newest, str(newest.condition["watch"])),
        card(display.text("definitions.is"), [_facts(newest, way, context)], wide=True),
        *_forms(newest, known, context),
        card(display.text("definitions.was"), [_history(found, context)], wide=True),
    ]


def _tools(display: DisplaySettings, context: PageContext) -> Any:
    return html.Div(tabs("definitions", display, context.user), className="alarm-tools")


def _shown(definition: Definition | None, watch: str) -> Any:
    """Return what the form is about, as the callback is told; it looks it up for the viewer."""
    alarm = None if definition is None else str(definition.alarm_id)
    versions = 0 if definition is None else definition.versions
    data = {"alarm": alarm, "versions": versions, "watch": watch}
    return dcc.Store(id="definition-shown", data=data)


def _facts(one: Definition, way: Any, context: PageContext) -> Any:
    display = context.display
    point = context.plant.all_points.get(one.condition.get("point") or "")
    place = display.text("definitions.whole_site")
    if point is not None:
        place = f"{display.name(point.name)} · {point.tag}"
    elif "role" in one.condition:
        place = role_place(one, context)
    lines = [
        f"{one.key} · {place} · {class_text(one.class_, display)}",
        condition_text(one, context),
        *(
            f"{display.text(f'alarms.{key}')}: {display.name(text)}"
            for key, text in (("consequence", one.consequence), ("action", one.action))
            if text
        ),
    ]
    if one.respond_within_s is not None:
        within = duration_text(one.respond_within_s, display)
        lines.append(display.text("alarms.respond_within", time=within))
    if one.valid_to is not None:
        until = display.moment(one.valid_to)
        lines.append(display.text("definitions.out_since", moment=until))
    if one.kept_in is not None:
        rule = one.key.partition(":")[0]
        lines.append(display.text(f"definitions.kept_in_{one.kept_in}", alarm=rule))
    return html.Div([*(html.Div(line) for line in lines), way], className="alarm-advice")


def _forms(newest: Definition, known: dict[str, Known], context: PageContext) -> list[Any]:
    """Return what an engineer can do: change it, take it out of use, give it back to the file."""
    if not may(context.user.role, Right.DEFINE_ALARMS):
        return []
    display = context.display
    watch = str(newest.condition["watch"])
    shown = [
        folded(
            display.text("definition.send.change"),
            [definition_form(newest, watch, known, context)],
        )
    ]
    if newest.valid_to is None:
        shown.append(_small_form("retire", display, has_reason=True))
    if newest.kept_in == "app":
        shown.append(_small_form("return", display, has_reason=False))
    return [html.Section(shown, className="card alarm-forms")]


def _small_form(what: str, display: DisplaySettings, *, has_reason: bool) -> Any:
    field = Field(f"reason_{what}", required=True, wide=True)
    number = {"type": "definition-field", "field": field.name}
    content = field_content(field, number, display.text("form.reason"), display)
    place = {"what": what}
    text = display.text(f"definition.send.{what}")
    end = [
        html.Button(text, id={"type": "definition-send", **place}, className="button"),
        html.Div(id={"type": "definition-said", **place}, className="form-said", role="status"),
    ]
    parts = [
        hint(f"definition_hint.{what}", display),
        html.Div(content, className="form-fields") if has_reason else None,
        html.Div(end, className="form-end"),
    ]
    return folded(text, [html.Div(parts, className="form")])


def _history(found: Sequence[Definition], context: PageContext) -> Any:
    display = context.display
    titles = [display.text(f"definitions.column.{name}") for name in COLUMNS]
    rows = []
    for one in found:
        until = "" if one.valid_to is None else display.moment(one.valid_to)
        always = display.text("definitions.always")
        begin = always if one.valid_from is None else display.moment(one.valid_from)
        rows.append(
            [
                begin,
                until,
                condition_text(one, context),
                display.text(f"priority.{one.priority}"),
                one.entered_by or "",
                one.reason or "",
            ]
        )
    last = found[0]
    if last.valid_to is not None and last.ended_by is not None:
        ended = [display.moment(last.valid_to), "", display.text("alarm_use.out"), ""]
        rows.insert(0, [*ended, last.ended_by, last.ended_reason or ""])
    return table(titles, rows, text=True)
