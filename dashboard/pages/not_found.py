"""What is shown at an address that no page has, or none of the viewer's."""

from typing import Any

import dash
from dash import html

from dashboard.pages.title import title
from dashboard.web.request_user import NOT_FOUND, current_visit


def register() -> None:
    """Register the page; its name is the one that Dash looks for."""
    dash.register_page(f"dashboard.pages.{NOT_FOUND}", title=title("app.not_found"), layout=_layout)


async def _layout(**_query: str) -> Any:
    return nothing_there()


def nothing_there() -> Any:
    """Return the sentence that there is no such page."""
    visit = current_visit()
    return html.Div(
        [html.H1(visit.text("app.not_found")), html.P(visit.text("app.not_found_hint"))],
        className="notice",
    )
