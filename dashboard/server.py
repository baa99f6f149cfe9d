"""The web server: the Dash app, the stream of live values, and what surrounds both."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

import dash
import psycopg
import uvicorn
from dash.exceptions import DependencyException
from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import (
    HTMLResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from dashboard.app import App
from dashboard.auth.session_cache import SessionCache
from dashboard.errors import CannotListen, PrefixTaken
from dashboard.limits.compressed_files import CompressedFiles
from dashboard.limits.connections import Census, ConnectionLimits
from dashboard.limits.open_files import require_files
from dashboard.limits.protocol import BoundedProtocol
from dashboard.live.streams import Feeds, TooManyStreams
from dashboard.live.viewer_stream import Audience
from dashboard.pages.addresses import document
from dashboard.pages.alarms import journal_route
from dashboard.pages.comparison import export_route as comparison_route
from dashboard.pages.data_health import export_route as data_health_route
from dashboard.pages.features import register_all
from dashboard.pages.trials import package_route
from dashboard.settings import DashboardSettings
from dashboard.sign_in import public_files
from dashboard.sign_in.middleware import AuthMiddleware, RequestRules
from dashboard.sign_in.pages import failed_page, nothing_page
from dashboard.sign_in.paths import FILES, HOME, LIVE, USED
from dashboard.sign_in.request_fields import look_of
from dashboard.sign_in.security_headers import policy
from dashboard.sign_in.setup import add_sign_in_routes
from dashboard.sign_in.site_language import SiteLanguage
from dashboard.store.unknown_topics import Suggest
from dashboard.texts import text
from dashboard.web.failures import Failures, ToldAlready
from dashboard.web.metrics_endpoint import serving_metrics
from dashboard.web.path_prefix import Prefix
from dashboard.web.request_metrics import RequestMetrics
from dashboard.web.request_user import RequestUser, Unknown, user_of_request
from dashboard.web.services import Services, make_services
from dashboard.web.site_path import SITE, SitePath

ASSETS = Path(__file__).parent / "assets"
STOP_TIMEOUT_S = 3
BACKLOG_CONNECTIONS = 4_096  # of a crowd that comes at once; beyond, they try again after a second
# Between them it is heard what those say who came before: nobody has to go unheard for a crowd.
ACCEPTED_AT_ONCE = 50
GZIP_MIN_BYTES = 1_000
GZIP_LEVEL = 5


def run(settings: DashboardSettings, suggest: Suggest) -> None:
    """Serve until stopped; `suggest` describes what arrives and is unknown.

    Raises CannotListen, PrefixTaken, DatabasePooled.
    """
    host, port = settings.dashboard_host, settings.dashboard_port
    try:
        listener = socket.create_server((host, port), backlog=BACKLOG_CONNECTIONS)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise CannotListen(host, port, reason) from error
    # Head and body are two writes; the second would wait 40 ms for the reader to confirm the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    app = make_app(settings, suggest)
    app.state.services.database.check()
    limits = ConnectionLimits.of(settings)
    require_files(limits.connections_max)
    config = uvicorn.Config(
        app,
        http=partial(  # type: ignore[arg-type]  # called as the class would be
            BoundedProtocol,
            limits=limits,
            census=Census(limits, app.state.services.known_addresses),
            refusals=app.state.services.refusals,
        ),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=ACCEPTED_AT_ONCE,
        proxy_headers=bool(settings.dashboard_trusted_proxies),
        forwarded_allow_ips=settings.dashboard_trusted_proxies,
        h11_max_incomplete_event_size=limits.head_max_bytes,
        timeout_keep_alive=round(settings.dashboard_idle_timeout_s),
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )
    # It warns of each request that is none: whoever sends those would write our log.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(ToldAlready())
    with serving_metrics(settings, app.state.services):
        _Server(config, app.state.services.feeds).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the streams when told to stop; uvicorn would wait for pages that never leave."""

    def __init__(self, config: uvicorn.Config, feeds: Feeds) -> None:
        super().__init__(config)
        self._feeds = feeds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; what may wait to be accepted is more than asyncio accepts at once."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG_CONNECTIONS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop by a signal."""
        asyncio.get_running_loop().call_soon_threadsafe(self._feeds.end)
        super().handle_exit(sig, frame)


def make_app(settings: DashboardSettings, suggest: Suggest) -> FastAPI:
    """Return the whole application, ready to be served. Raises PrefixTaken."""
    services = make_services(settings, suggest)
    server = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan_of(services)
    )
    server.state.services = services
    server.add_api_route(LIVE, _live, methods=["GET"])
    public_files.register(server)
    server.add_api_route("/live/allowed", _allowed, methods=["GET"], status_code=204)
    server.add_api_route(USED, _allowed, methods=["POST"], status_code=204)
    add_sign_in_routes(server, services, settings)
    limits = package_route.PackageLimits.of(settings)
    package_route.register(server, services.database, limits, services.refusals)
    for export in (journal_route, comparison_route, data_health_route):
        export.register(server)
    server.add_api_route(HOME, document, methods=["GET"], include_in_schema=False)
    # Inside of what Dash adds, which would swallow a failure; and once more around everything.
    server.add_middleware(Failures, answer=_failed)
    app = App(
        __name__,
        server=server,
        use_pages=True,
        pages_folder="",
        assets_folder=str(ASSETS),
        use_async=True,
        title="Virtaama",
        update_title="",
        suppress_callback_exceptions=True,
        add_log_handler=False,
        include_pages_meta=False,  # it tells of pages that are not the reader's
        requests_pathname_prefix=f"{settings.dashboard_path_prefix}/",
        routes_pathname_prefix="/",
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    server.add_middleware(GZipMiddleware, minimum_size=GZIP_MIN_BYTES, compresslevel=GZIP_LEVEL)
    server.add_middleware(CompressedFiles, folders=FILES)
    server.state.app = app
    register_all()
    server.add_api_route("/{path:path}", document, methods=["GET"], include_in_schema=False)
    # Dash fails where it finds nothing, and the catch-all has nothing for nobody.
    server.add_exception_handler(DependencyException, _nothing_there)
    server.add_exception_handler(Unknown, _nothing_there)
    server.add_exception_handler(HTTPException, _refused)  # type: ignore[arg-type]  # of its own kind
    # Dash adds inline scripts until its first request: the policy is put together for each answer.
    server.add_middleware(
        AuthMiddleware,
        session_cache=services.session_cache,
        refusals=services.refusals,
        policy=lambda: policy(app.csp_hashes()),
        rules=_rules(settings, services),
    )
    server.add_middleware(Failures, answer=_failed)
    server.add_middleware(RequestMetrics, files=FILES)
    server.add_middleware(SitePath)
    if settings.dashboard_path_prefix:
        _check_prefix(server, settings.dashboard_path_prefix)
        server.add_middleware(Prefix, prefix=settings.dashboard_path_prefix)
    return server


def _rules(settings: DashboardSettings, services: Services) -> RequestRules:
    return RequestRules(
        settings.dashboard_body_max_bytes,
        settings.dashboard_secure_cookies,
        SiteLanguage(services.auth_store, services.plants),
        services.guest_calls,
        services.stranger_calls,
        services.known_addresses,
        services.known_browsers,
    )


def _check_prefix(server: FastAPI, prefix: str) -> None:
    """Raise PrefixTaken if an address of ours begins like the prefix."""
    ours = [str(page["path"]) for page in dash.page_registry.values()]
    ours += [getattr(route, "path", "") for route in server.routes] + [SITE]
    if prefix.split("/")[1] in {path.lstrip("/").partition("/")[0] for path in ours}:
        raise PrefixTaken(prefix)


def _lifespan_of(
    services: Services,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(server: FastAPI) -> AsyncIterator[None]:
        await server.state.app.make_ready()
        services.database.start()
        services.feeds.start()
        yield
        await services.feeds.stop()
        services.database.stop()

    return lifespan


async def _allowed() -> None:
    """Answer whoever the guard lets pass."""


async def _nothing_there(request: Request, _error: Exception) -> Response:
    """Answer for a file that is not there, or an open address that serves nothing."""
    if _is_person(request):
        return HTMLResponse(nothing_page(look_of(request)), 404)
    return PlainTextResponse("There is nothing here.", 404)


async def _refused(request: Request, error: HTTPException) -> Response:
    """Answer for what a route refuses; where there is no file, a person is told as of a page."""
    if _is_person(request) and error.status_code == 404:
        return await _nothing_there(request, error)
    return await http_exception_handler(request, error)


def _is_person(request: Request) -> bool:
    """Tell whether somebody opened an address, and no program asked for it."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _failed(request: Request, number: str) -> Response:
    """Answer for a failure: a page for a person, a sentence for a program."""
    look = look_of(request)
    headers = {"X-Failure": number, "Cache-Control": "no-store"}
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(failed_page(look, number), 500, headers)
    sentence = text("app.failed_hint", look.language, number=number)
    return PlainTextResponse(sentence, 500, headers)


def _sees_site(services: Services, user: RequestUser) -> bool:
    """Tell whether the address names no site or one of the viewer's; true without an answer."""
    try:
        sites = services.plants.sites(user.viewer, datetime.now(UTC))
    except psycopg.OperationalError:
        return True  # the stream says that the database is away
    return not user.site or user.site in {site.key for site in sites}


async def _live(request: Request) -> Response:
    """Stream values to a page as long as it listens."""
    services: Services = request.app.state.services
    user = user_of_request(request)
    audience = Audience(user.viewer, user.site, user.only_trials)
    try:
        if not await asyncio.to_thread(_sees_site, services, user):
            return PlainTextResponse("There is nothing here.", 404)
        services.feeds.check_room(audience)
    except TooManyStreams:
        return PlainTextResponse("Not now.", 503)  # whether others have pages open is theirs
    token = SessionCache.token_of(request.state.who, request.cookies)
    frames = services.feeds.stream(audience, token)
    # A proxy that gathers or stores the stream would show the past.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)
