"""What is shown at an address that no page has, or none of the viewer's."""

from typing import Any

import dash
from dash import html

from dashboard.web.request_user import Visit, current_visit

_NAME = "not_found_404"  # which Dash looks for


def register() -> None:
    """Register the page; its name is the one that Dash looks for."""
    dash.register_page(f"dashboard.pages.{_NAME}", title=_title, layout=_layout)


def _title(**_values: str) -> str:
    visit = current_visit()
    return titled(visit.text("app.not_found"), visit)


async def _layout(**_query: str) -> Any:
    return nothing_there()


def titled(name: str, visit: Visit) -> str:
    """Return the name of a page in the browser's tab and history."""
    return f"{name} · {visit.text('app.title')}"


def nothing_there() -> Any:
    """Return the sentence that there is no such page."""
    visit = current_visit()
    return html.Div(
        [html.H1(visit.text("app.not_found")), html.P(visit.text("app.not_found_hint"))],
        className="notice",
    )
