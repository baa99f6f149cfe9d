"""The page on which an engineer registers what arrives: lines for the site file, to copy."""

from typing import Any

from dash import dcc, html

from dashboard.auth.roles import Right
from dashboard.components.card import card
from dashboard.pages import registry
from dashboard.pages.context import PageContext, page
from dashboard.pages.registry import Page
from dashboard.store.unknown_topics import unknown_topics
from dashboard.texts import names
from dashboard.web.services import services

LINES_ID = "unknown-lines"


def register() -> None:
    """Register the page with the app."""
    registry.register(
        Page(
            "unknown_topics",
            "/unknown-topics",
            _layout,
            names("unknown.title"),
            right=Right.REGISTER_POINTS,
            in_navigation=True,
        )
    )


async def _layout(**_query: str) -> Any:
    return await page(_build)


def _build(context: PageContext) -> list[Any]:
    display = context.display
    with services().database.open(context.user.viewer) as connection:
        found = unknown_topics(connection, context.plant)
    lines = services().suggest(found)
    head = html.H1(display.text("unknown.title"), className="page-name")
    if not lines:
        return [head, html.Div(display.text("unknown.none"), className="notice")]
    copied = "\n".join(lines).strip()
    body = [
        html.Div(display.text("unknown.what"), className="note"),
        html.Pre(copied, id=LINES_ID, className="site-lines", tabIndex="0"),
    ]
    tools = dcc.Clipboard(
        target_id=LINES_ID, title=display.text("unknown.copy"), className="choice copy"
    )
    title = display.text("unknown.messages", count=sum(times for _, _, times, _ in found.waiting))
    return [head, card(title, body, wide=True, tools=tools)]
