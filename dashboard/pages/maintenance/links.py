"""The way from a chart to the form for a window of its time."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.analysis.window import Window
from dashboard.auth.roles import Right, may
from dashboard.pages.context import PageContext
from dashboard.pages.maintenance.page import PATH
from dashboard.store.plant import SitePoint
from dashboard.web.trend_url import TrendRequest, address


def mark_link(point: SitePoint, context: PageContext) -> list[Any]:
    """Return the way from a point to the form, for a window from now on; none for who may not."""
    if not may(context.user.role, Right.MAINTAIN):
        return []
    href = context.display.address(f"{PATH}?p={point.path}")
    return [" ", dcc.Link(context.display.text("windows.new"), href=href, className="quiet-link")]


def mark_links(points: Sequence[SitePoint], window: Window, context: PageContext) -> list[Any]:
    """Return a link for each point to the form with the window filled in; none for who may not."""
    if not points or not may(context.user.role, Right.MAINTAIN):
        return []
    display = context.display
    links: list[Any] = [display.text("windows.mark")]
    for point in points:
        request = TrendRequest().of((point.path,)).standing(window, context.now)
        href = display.address(PATH + address(request))
        links += [" ", dcc.Link(point.tag, href=href, className="quiet-link")]
    return [html.Div(links, className="mark-links")]
