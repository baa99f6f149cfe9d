"""All alarms of a site as they are defined, with a filter. The address is the whole state.

?q=pump&priority=high&watch=silence&kept_in=app&use=out
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, dcc, html

from dashboard.auth.roles import Right, may
from dashboard.components.alarm_badge import priority_sign
from dashboard.components.table import table
from dashboard.pages import registry
from dashboard.pages.alarm_definitions.form import PATH
from dashboard.pages.alarm_definitions.input import WATCHES
from dashboard.pages.alarm_definitions.role_choice import role_place
from dashboard.pages.alarm_definitions.wording import class_text
from dashboard.pages.alarms.condition_wording import condition_text
from dashboard.pages.alarms.search_address import words_of
from dashboard.pages.alarms.wording import duration_text, tabs
from dashboard.pages.context import PageContext, page
from dashboard.pages.not_found import left_out, unread
from dashboard.pages.registry import Page
from dashboard.store.alarm_definitions import (
    Definition,
    DefinitionList,
    Wanted,
    newest,
)
from dashboard.store.alarms import PRIORITIES
from dashboard.texts import names
from dashboard.web import callback_input
from dashboard.web.display import DisplaySettings
from dashboard.web.services import services

CHOICES: Mapping[str, tuple[str, ...]] = {
    "priority": PRIORITIES,
    "watch": tuple(WATCHES),
    "kept_in": ("file", "app", "role"),
    "use": ("in", "out"),
}
COLUMNS = ("alarm", "point", "condition", "class", "respond", "kept_in")
_FIELDS = ("q", *CHOICES)


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(Page("alarm_definitions", PATH, _layout, names("alarms.tab.definitions")))
    callback(
        Output("definitions-address", "search"),
        Input("definitions-search", "n_clicks"),
        Input("definitions-q", "n_submit"),
        *(Input(f"definitions-{name}", "value") for name in CHOICES),
        State("definitions-q", "value"),
        prevent_initial_call=True,
    )(_search)


async def _layout(**query: str) -> Any:
    return await page(lambda context: _build(context, query))


def _build(context: PageContext, query: Mapping[str, str]) -> list[Any]:
    display, user = context.display, context.user
    chosen = {name: query[name] for name, of in CHOICES.items() if query.get(name) in of}
    words = words_of(query)
    wanted = Wanted(
        context.plant.key,
        words,
        chosen.get("priority"),
        chosen.get("watch"),
        chosen.get("kept_in"),
        in_use=chosen.get("use") != "out",
    )
    with services().database.open(user.viewer) as connection:
        found = newest(connection, wanted)
    add = dcc.Link(
        display.text("definitions.add"),
        href=display.address(f"{PATH}/new"),
        className="button alarm-button",
    )
    tools = [tabs("definitions", display, user)]
    tools += [add] if may(user.role, Right.DEFINE_ALARMS) else []
    return [
        html.H1(display.text("alarms.tab.definitions"), className="page-name"),
        dcc.Location(id="definitions-address", refresh="callback-nav"),
        html.Div(tools, className="alarm-tools"),
        unread(left_out(query, ("q", *chosen)), display),
        html.Section(_controls(words, chosen, context), className="card journal-controls"),
        html.Section(_rows(found, context), className="card"),
    ]


def _controls(words: str, chosen: Mapping[str, str], context: PageContext) -> Any:
    display = context.display
    is_staff = may(context.user.role, Right.SEE_PLANT)
    fields = [
        dmc.TextInput(
            id="definitions-q",
            label=display.text("definitions.words"),
            value=words,
            className="field",
        ),
        *(
            html.Div(
                _choice(name, chosen.get(name), display),
                hidden=name == "kept_in" and not is_staff,
            )
            for name in CHOICES
        ),
        html.Button(display.text("journal.search"), id="definitions-search", className="button"),
    ]
    return html.Div(fields, className="journal-fields")


def _choice(name: str, chosen: str | None, display: DisplaySettings) -> Any:
    words = {
        "priority": lambda one: display.text(f"priority.{one}"),
        "watch": lambda one: display.text(f"watch.{one}"),
        "kept_in": lambda one: display.text(f"kept_in.{one}"),
        "use": lambda one: display.text(f"alarm_use.{one}"),
    }
    data = [{"value": one, "label": words[name](one)} for one in CHOICES[name]]
    return dmc.Select(
        id=f"definitions-{name}",
        label=display.text(f"definitions.{name}"),
        data=data,
        value=chosen,
        clearable=True,
        className="field",
    )


def _rows(found: DefinitionList, context: PageContext) -> Any:
    display = context.display
    if not found.rows:
        return html.Div(display.text("definitions.none"), className="note")
    titles = [display.text(f"definitions.column.{name}") for name in COLUMNS]
    count = display.number(found.total, 0)
    is_cut = found.total > len(found.rows)
    said = display.text(
        "definitions.cut" if is_cut else "definitions.count", count=count, shown=len(found.rows)
    )
    rows = [_row(one, context) for one in found.rows]
    return [html.Div(said, className="note"), table(titles, rows, text=True)]


def _row(one: Definition, context: PageContext) -> list[Any]:
    display = context.display
    point = context.plant.all_points.get(one.condition.get("point") or "")
    name = dcc.Link(
        display.name(one.name),
        href=display.address(f"{PATH}/{one.alarm_id}"),
        className="definition-name",
    )
    respond_s = one.respond_within_s
    place = point.tag if point is not None else display.text("definitions.whole_site")
    if "role" in one.condition:
        place = role_place(one, context)
    kept = display.text(f"kept_in.{one.kept_in}") if one.kept_in else ""
    if one.entered_by:
        kept = f"{kept}: {one.entered_by}"
    return [
        html.Span([priority_sign(one.priority, display), " ", name]),
        place,
        condition_text(one, context),
        class_text(one.class_, display),
        "" if respond_s is None else duration_text(respond_s, display),
        kept,
    ]


async def _search(*values: Any) -> str:
    *_, words = values
    chosen = values[2:-1]
    query = zip(_FIELDS, map(callback_input.text, (words, *chosen)), strict=True)
    kept = {name: value for name, value in query if value}
    return f"?{urlencode(kept)}" if kept else ""
