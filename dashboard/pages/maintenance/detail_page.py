"""The page of one window: how it stands, what can be changed, and how it came to be so."""

from typing import Any

from dash import dcc, html

from dashboard.analysis.window import Window
from dashboard.auth.roles import Right
from dashboard.components.card import card
from dashboard.components.form import folded
from dashboard.components.table import table
from dashboard.components.window_marks import kind_name, sign_of
from dashboard.pages import registry
from dashboard.pages.context import PageContext, page
from dashboard.pages.maintenance.forms import change_form, may_write, withdraw_form
from dashboard.pages.maintenance.page import PATH, author, span_text
from dashboard.pages.maintenance.places import place_name
from dashboard.pages.not_found import nothing_there
from dashboard.pages.registry import Page
from dashboard.store.instruments import instrument_names, instruments
from dashboard.store.quality_windows import WindowVersion, history, site_of_window
from dashboard.texts import names
from dashboard.web.form_input import read_public_id
from dashboard.web.request_user import RequestUser
from dashboard.web.services import services
from dashboard.web.trend_url import TrendRequest, path

AROUND = 0.25  # of its length is shown before and after a window


def register() -> None:
    """Register the page with the app."""
    registry.register(
        Page(
            "maintenance_window",
            f"{PATH}/<window>",
            _layout,
            names("windows.title"),
            right=Right.MAINTAIN,
            site_of=_site_of,
        )
    )


def _site_of(user: RequestUser, window: str) -> str | None:
    number = read_public_id(window)
    if number is None:
        return None
    with services().database.open(user.viewer) as connection:
        return site_of_window(connection, number)


async def _layout(window: str = "", **_query: str) -> Any:
    return await page(lambda context: _build(context, window))


def _build(context: PageContext, text: str) -> Any:
    number = read_public_id(text)
    with services().database.open(context.user.viewer) as connection:
        versions = history(connection, number) if number is not None else []
        devices = instrument_names(
            instruments(connection, context.plant.key, context.display.language)
        )
    if not versions:
        return nothing_there()
    display, newest = context.display, versions[0]
    name = f"{sign_of(newest.kind)} {kind_name(newest.kind, display)}"
    parts = [
        html.H1(name, className="page-name"),
        card(
            place_name(newest, context.plant, devices, display),
            [
                html.Div(
                    [
                        html.Div(span_text(newest, context), className="finding-problem"),
                        html.Div(newest.reason),
                        html.Div(author(newest, context), className="quiet"),
                        _trend(newest, context),
                    ],
                    className="window-facts",
                )
            ],
            wide=True,
        ),
    ]
    if may_write(newest, context.user):
        forms = [
            folded(display.text("windows.change"), [change_form(newest, context)]),
            folded(display.text("windows.withdraw"), [withdraw_form(newest, context)]),
        ]
        parts.append(html.Section(forms, className="card card-wide"))
    titles = [display.text(f"windows.{column}") for column in ("when", "span", "reason")]
    rows = [
        (author(version, context), span_text(version, context), version.reason)
        for version in versions
    ]
    parts.append(card(display.text("windows.history"), [table(titles, rows, text=True)], wide=True))
    return parts


def _trend(window: WindowVersion, context: PageContext) -> Any:
    """Return the way to the trend of the window's point."""
    points = context.plant.all_points
    own = next((name for name, one in points.items() if one.point_id == window.point_id), None)
    if own is None:
        return None
    ends = min(window.ends_at or context.now, context.now)
    if window.starts_at >= ends:
        return None
    margin = AROUND * (ends - window.starts_at)
    shown = Window(window.starts_at - margin, ends + margin)
    request = TrendRequest().of((own,)).standing(shown, context.now)
    address = context.display.address(path(request))
    return dcc.Link(context.display.text("chart.trend"), href=address, className="quiet-link")
