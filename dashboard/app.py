"""The Dash app: its document and its frame are made for who asks."""

import inspect
from collections.abc import Sequence
from typing import Any

import dash
from dash import Dash
from plotly.utils import PlotlyJSONEncoder
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dashboard.components.shell import Link, shell
from dashboard.pages.context import PageContext, answer
from dashboard.pages.registry import navigation
from dashboard.store.alarms import NO_ALARMS, Summary, summary
from dashboard.store.plant import NOTHING, Plant
from dashboard.store.sites import SiteName
from dashboard.web.callback_guard import fits
from dashboard.web.installed_app import head_html
from dashboard.web.request_user import RequestUser, current_user
from dashboard.web.services import services
from dashboard.web.site_path import site_path

_DOCUMENT = """<!DOCTYPE html>
<html lang="{language}"{scheme} data-prefix="{prefix}" data-root="{root}">
<head>
{metas}
<title>{title}</title>
{favicon}
{installed}
{css}
</head>
<body>
{app_entry}
<footer>
{config}
{scripts}
{renderer}
</footer>
</body>
</html>
"""


class App(Dash):  # type: ignore[misc]
    """Dash, but for two things that it makes once for everybody: the document and the frame."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layout = dash.page_container  # what Dash checks at start; serve_layout sends more

    def _setup_routes(self) -> None:
        # Values are pushed over one stream that we guard; Dash's own socket would be a second one.
        self.backend.websocket_capability = False
        super()._setup_routes()

    def _initialize_context(self, body: Any) -> Any:
        """Begin to answer a call of a callback; refuse what no page of ours would send."""
        if not fits(body, self.callback_map):
            raise HTTPException(400, "This is no call that a page of ours makes.")
        self.backend.request_adapter().context.called = body["output"]
        return super()._initialize_context(body)

    async def make_ready(self) -> None:
        """Do now what Dash puts off until a request to `/`.

        Whoever opened another address first would get a page without scripts and styles.
        """
        for prepare in self.backend._before_request_funcs:
            done = prepare()
            if inspect.isawaitable(done):
                await done

    async def serve_layout(self) -> Response:
        """Answer with the frame around the pages, in the reader's language."""

        frame = await answer(_framed_now)
        if frame is None:
            frame = _framed(NOTHING, current_user(), ())
        content = PlotlyJSONEncoder().encode(frame.to_plotly_json())
        return Response(content, media_type="application/json")

    def interpolate_index(self, **parts: Any) -> str:
        """Return the document with the reader's language and colours, so that nothing flashes.

        Without a choice the style sheet follows the system, and `assets/screen.js` tells us which.
        """
        user = current_user()
        chosen = user.chosen_scheme
        scheme = f' data-mantine-color-scheme="{chosen}"' if chosen else ""
        return _DOCUMENT.format(
            language=user.language,
            scheme=scheme,
            prefix=user.prefix,
            root=user.root,
            installed=head_html(user.root, chosen),
            **parts,
        )

    def _config(self) -> dict[str, Any]:
        """Return what Dash's scripts must know: they ask below the path of the page's site."""
        return {**super()._config(), "requests_pathname_prefix": f"{current_user().prefix}/"}

    def strip_relative_path(self, path: str) -> str:
        """Return the path of a page without the prefix; what a page sends may lack it."""
        user = current_user()
        return path.removeprefix(user.root).removeprefix(site_path(user.site)).strip("/")


def _framed_now(context: PageContext) -> Any:
    with services().database.open(context.user.viewer) as connection:
        alarms = summary(connection, context.plant.key)
    return _framed(context.plant, context.user, context.sites, alarms)


def _framed(
    plant: Plant, user: RequestUser, sites: Sequence[SiteName], alarms: Summary = NO_ALARMS
) -> Any:
    links = [Link(page.key, page.name, page.path) for page in navigation(user, plant, len(sites))]
    return shell(plant, user, links, sites, alarms)
