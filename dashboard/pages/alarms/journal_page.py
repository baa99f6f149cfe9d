"""The journal of alarms: searched, read page by page, exported. The address is the whole state."""

from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.pages import registry
from dashboard.pages.alarms.journal_table import event_rows
from dashboard.pages.alarms.search_address import NEWER, OLDER, not_searched, parsed, query_text
from dashboard.pages.alarms.wording import tabs
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.not_found import unread
from dashboard.pages.registry import Page
from dashboard.store.alarm_journal import KINDS, JournalPage, journal
from dashboard.store.alarms import PRIORITIES
from dashboard.texts import names
from dashboard.web import callback_input
from dashboard.web.display import DisplaySettings
from dashboard.web.services import services
from dashboard.web.written_time import WrittenUnfit, read_day

PATH = "/alarms/journal"
EXPORT_PATH = "/alarms/journal.csv"
_FIELDS = ("q", "priority", "kind", "from", "to")


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(Page("alarm_journal", PATH, _layout, names("alarms.tab.journal")))
    callback(
        Output("journal-address", "search"),
        Output("journal-unfit", "children"),
        Input("journal-search", "n_clicks"),
        *(Input(f"journal-{name}", "n_submit") for name in ("q", "from", "to")),
        *(State(f"journal-{name}", "value") for name in _FIELDS),
        prevent_initial_call=True,
    )(_search)


async def _layout(**query: str) -> Any:
    return await page(lambda context: _build(context, query))


def _build(context: PageContext, query: dict[str, str]) -> list[Any]:
    display, user = context.display, context.user
    search = parsed(query, context.plant.key, context.plant.zone)
    with services().database.open(user.viewer) as connection:
        found = journal(connection, search)
    export = html.A(
        display.text("journal.export"),
        href=display.address(EXPORT_PATH + query_text(query)),
        className="quiet-link",
        download="",
    )
    return [
        html.H1(display.text("alarms.tab.journal"), className="page-name"),
        dcc.Location(id="journal-address", refresh="callback-nav"),
        html.Div(tabs("journal", display, user), className="alarm-tools"),
        html.Section(_controls(query, display), className="card journal-controls"),
        unread(not_searched(query, search), display),
        html.Section(
            [event_rows(found.rows, context), _ways(found, query, display, export)],
            className="card",
        ),
    ]


def _controls(query: dict[str, str], display: DisplaySettings) -> Any:
    return html.Div(
        [
            dmc.TextInput(
                id="journal-q",
                label=display.text("journal.words"),
                value=query.get("q", ""),
                className="field",
            ),
            _choice("priority", PRIORITIES, "priority", query, display),
            _choice("kind", KINDS, "alarm_event", query, display),
            _day_field("from", query, display),
            _day_field("to", query, display),
            html.Button(display.text("journal.search"), id="journal-search", className="button"),
            html.Div(id="journal-unfit", className="form-said warn", role="status"),
        ],
        className="journal-fields",
    )


def _choice(
    name: str,
    values: tuple[str, ...],
    prefix: str,
    query: dict[str, str],
    display: DisplaySettings,
) -> Any:
    words = [{"value": value, "label": display.text(f"{prefix}.{value}")} for value in values]
    chosen = query.get(name)
    return dmc.Select(
        id=f"journal-{name}",
        label=display.text(f"journal.{name}"),
        data=words,
        value=chosen if chosen in values else None,
        clearable=True,
        className="field",
    )


def _day_field(name: str, query: dict[str, str], display: DisplaySettings) -> Any:
    return dmc.TextInput(
        id=f"journal-{name}",
        label=display.text(f"journal.{name}"),
        placeholder=display.text("form.pattern.day"),
        value=query.get(name, ""),
        className="field",
    )


def _ways(found: JournalPage, query: dict[str, str], display: DisplaySettings, export: Any) -> Any:
    """Return the ways to newer and older events, and the one home."""
    ways: list[Any] = [export]
    rows = found.rows
    if found.has_newer and rows:
        href = display.address(PATH + query_text(query, rows[0], NEWER))
        ways.append(dcc.Link(display.text("writing.newer"), href=href, className="quiet-link"))
    if found.has_older and rows:
        href = display.address(PATH + query_text(query, rows[-1], OLDER))
        ways.append(dcc.Link(display.text("writing.older"), href=href, className="quiet-link"))
    if found.unsearched is not None:
        day = found.unsearched.astimezone(display.zone).date()
        older = {**query, "to": day.isoformat()}
        label = display.text("journal.beyond", day=display.day(day))
        href = display.address(PATH + query_text(older))
        ways.append(dcc.Link(label, href=href, className="quiet-link"))
    return html.Div(ways, className="ways")


async def _search(*values: Any) -> tuple[Any, str]:
    clicks, fields = values[:4], values[4:]
    if not any(clicks):
        raise PreventUpdate
    query = dict(zip(_FIELDS, (callback_input.text(value) for value in fields), strict=True))
    unfit = await answer(lambda context: _with_days(query, context.display))
    if unfit is None:
        raise PreventUpdate
    if unfit:
        return no_update, unfit
    return query_text(query), ""


def _with_days(query: dict[str, str], display: DisplaySettings) -> str:
    """Write the days of a query as an address has them; return what is wrong with one."""
    for name in ("from", "to"):
        written = query[name].strip()
        if not written:
            continue
        try:
            query[name] = read_day(written).isoformat()
        except WrittenUnfit:
            return display.text("form.unfit.day")
    return ""
