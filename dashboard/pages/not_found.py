"""What is shown at an address that no page of the viewer's has, or that names what is gone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dash
from dash import html

from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser, current_user
from schemas.visible_text import visible

NAME_MAX_CHARACTERS = 80
UNREAD_MAX = 8  # told of what an address holds and cannot be read

_NAME = "not_found_404"  # which Dash looks for


def register() -> None:
    """Register the page; its name is the one that Dash looks for."""
    dash.register_page(f"dashboard.pages.{_NAME}", title=_title, layout=_layout)


def _title(**_values: str) -> str:
    user = current_user()
    return titled(user.text("app.not_found"), user)


async def _layout(**_query: str) -> Any:
    return nothing_there()


def titled(name: str, user: RequestUser) -> str:
    """Return the name of a page in the browser's tab and history."""
    return f"{name} · {user.text('app.title')}"


def nothing_there() -> Any:
    """Return the sentence that there is no such page."""
    user = current_user()
    return html.Div(
        [html.H1(user.text("app.not_found")), html.P(user.text("app.not_found_hint"))],
        className="notice",
    )


def gone(what: str, name: str, display: DisplaySettings) -> Any:
    """Return the sentence that what an address names is not there, or not for this reader.

    `what` is the end of a key of the catalogue, `gone.<what>`.
    """
    return html.Div(
        [html.H1(display.text("gone.title")), html.P(gone_text(what, name, display))],
        className="notice",
    )


def gone_text(what: str, name: str, display: DisplaySettings) -> str:
    """Return that sentence alone. The name is somebody's: it may be anything."""
    return display.text(f"gone.{what}", name=visible(name)[:NAME_MAX_CHARACTERS])


def left_out(query: Mapping[str, str], read: Collection[str]) -> list[str]:
    """Return what a query says and a page has not `read`, as it is written."""
    return [f"{name}={value}" for name, value in query.items() if value and name not in read]


def unread(written: Sequence[str], display: DisplaySettings) -> Any:
    """Return the sentence that parts of an address were left out; None if there are none."""
    if not written:
        return None
    names = ", ".join(visible(each)[:NAME_MAX_CHARACTERS] for each in written[:UNREAD_MAX])
    return html.Div(display.text("gone.unread", names=names), className="warn")


def moved(display: DisplaySettings) -> Any:
    """Return the sentence that another window of time is shown than an address asks for."""
    return html.Div(display.text("window.moved"), className="warn")
