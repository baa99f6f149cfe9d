"""Which addresses there are for a viewer: what is not theirs is not there."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import psycopg
from dash.backends._fastapi import reset_current_request, set_current_request
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboard.pages.registry import pages
from dashboard.web.request_user import RequestUser, visit_of_request

_NAME = re.compile(r"<(\w+)>")


async def document(request: Request) -> Response:
    """Answer with the app's document, which shows what is there or says that nothing is."""
    user, app = visit_of_request(request), request.app.state.app
    is_there = await asyncio.to_thread(_is_there, request.path_params.get("path", ""), user)
    token = set_current_request(request)
    try:
        return HTMLResponse(app.index(), 200 if is_there else 404)
    finally:
        reset_current_request(token)


def _is_there(path: str, user: RequestUser) -> bool:
    """Tell whether one of the viewer's pages stands at a path; true while the database is away.

    A page that stands at many paths is asked whether it has this one.
    """
    for page in pages():
        values = _values(page.path, path)
        if values is None or not page.opens_for(user):
            continue
        try:
            return page.exists is None or page.exists(user.viewer, **values)
        except psycopg.OperationalError:
            return True
    return False


def _values(template: str, path: str) -> Mapping[str, Any] | None:
    """Return what the names in a page's path are; None if the path is another."""
    pattern = _NAME.sub(r"(?P<\1>[^/]+)", template.strip("/"))
    found = re.fullmatch(pattern, path.strip("/"))
    return None if found is None else found.groupdict()
