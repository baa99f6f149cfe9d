"""The page of all windows of a site, with the form for a new one."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.auth.roles import Right
from dashboard.components.card import card
from dashboard.components.window_marks import kind_name, sign_of
from dashboard.pages import registry
from dashboard.pages.context import PageContext, page
from dashboard.pages.maintenance.forms import finish_form, may_write, new_form
from dashboard.pages.maintenance.places import place_name
from dashboard.pages.registry import Page
from dashboard.store.instruments import instrument_names, instruments
from dashboard.store.quality_windows import WindowVersion, listed
from dashboard.texts import names
from dashboard.web.services import services
from dashboard.web.trend_url import parsed

PATH = "/maintenance"


def register() -> None:
    """Register the page with the app."""
    registry.register(
        Page(
            "maintenance",
            PATH,
            _layout,
            names("windows.title"),
            right=Right.MAINTAIN,
            in_navigation=True,
        )
    )


async def _layout(**query: str) -> Any:
    return await page(lambda context: _build(context, "?" + urlencode(query)))


def _build(context: PageContext, search: str) -> list[Any]:
    display = context.display
    with services().database.open(context.user.viewer) as connection:
        devices = instruments(connection, context.plant.key, context.display.language)
    form = new_form(parsed(search, context.now), devices, context)
    return [
        html.H1(display.text("windows.title"), className="page-name"),
        card(
            display.text("windows.new"),
            [html.Div(display.text("windows.hint"), className="quiet form-hint"), form],
            wide=True,
        ),
        html.Div(list_content(context), id="windows-list"),
    ]


def list_content(context: PageContext) -> list[Any]:
    """Return the windows that go on, and those of the last months."""
    with services().database.open(context.user.viewer) as connection:
        found = listed(connection, context.plant.key, context.now)
        devices = instrument_names(
            instruments(connection, context.plant.key, context.display.language)
        )
    running = [window for window in found if window.is_open(context.now)]
    others = [window for window in found if window not in running]
    return [
        card(context.display.text("windows.open"), _rows(running, devices, context), wide=True),
        card(context.display.text("windows.past"), _rows(others, devices, context), wide=True),
    ]


def _rows(
    windows: Sequence[WindowVersion], devices: Mapping[str, str], context: PageContext
) -> list[Any]:
    if not windows:
        return [html.Div(context.display.text("windows.none"), className="note")]
    return [_row(window, devices, context) for window in windows]


def _row(window: WindowVersion, devices: Mapping[str, str], context: PageContext) -> html.Div:
    display = context.display
    can_end = window.is_open(context.now) and may_write(window, context.user)
    name = f"{sign_of(window.kind)} {kind_name(window.kind, display)}"
    href = display.address(f"{PATH}/{window.window_id}")
    head = dcc.Link(name, href=href, className="finding-name")
    return html.Div(
        [
            html.Div([head, html.Div(place_name(window, context.plant, devices, display))]),
            html.Div(span_text(window, context), className="window-span"),
            html.Div([window.reason, " ", html.Span(author(window, context), className="quiet")]),
            html.Div(finish_form(window, context) if can_end else None),
        ],
        className="window-row",
    )


def span_text(window: WindowVersion, context: PageContext) -> str:
    """Return from when to when, and whether it was taken back."""
    display = context.display
    if window.ends_at is None:
        text = f"{display.moment(window.starts_at)} – {display.text('windows.goes_on')}"
    else:
        text = display.span(window.starts_at, window.ends_at)
    return f"{text} · {display.text('windows.withdrawn')}" if window.is_withdrawn else text


def author(window: WindowVersion, context: PageContext) -> str:
    """Return who wrote a window so, or which state opened it."""
    by = window.who or context.display.text("windows.by_state")
    return f"{by}, {context.display.moment(window.written_at)}"
