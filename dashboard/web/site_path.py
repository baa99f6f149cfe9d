"""Which site of several a page shows: /site/<key>/ before every address of whoever sees several."""

import re
from typing import Any

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SITE = "/site"
KEY_MAX_CHARACTERS = 64

_OF_A_SITE = re.compile(rf"{SITE}/([a-z0-9][a-z0-9_-]{{0,{KEY_MAX_CHARACTERS - 1}}})(/.*)?")


class SitePath:
    """ASGI middleware: takes the site from the path and keeps it in `request.state.site`.

    Inside, every address is as if there were one site; pages write the site before their links,
    by `site_path`. Whether the viewer sees such a site is not known here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = _OF_A_SITE.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
        elif found[2] is None:  # addresses of the first page end in a slash
            query = scope["query_string"].decode("latin-1")
            moved = RedirectResponse(f"{scope['path']}/{query and f'?{query}'}", 308)
            await moved(scope, receive, send)
        else:
            state = {**scope.get("state", {}), "site": found[1]}
            await self._app({**scope, "path": found[2], "state": state}, receive, send)


def site_of(state: Any) -> str:
    """Return the site that a request's address names; empty if it names none."""
    return str(getattr(state, "site", ""))


def site_path(site: str) -> str:
    """Return what stands before every address of a site; nothing for none."""
    return f"{SITE}/{site}" if site else ""
