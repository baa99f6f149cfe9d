"""Stands before everything: no living session, no answer."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

import psycopg
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth.roles import Right, may
from dashboard.auth.session_cache import SessionCache, Who
from dashboard.auth.sessions import Session
from dashboard.limits.connections import KnownAddresses
from dashboard.limits.known_browsers import KnownBrowsers
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from dashboard.limits.turns import TooBusy, Turns
from dashboard.limits.unread_body import TooLarge
from dashboard.sign_in.pages import away_page
from dashboard.sign_in.paths import (
    FILES,
    LIVE,
    PASSWORD,
    SCREEN,
    SIGN_IN,
    SIGN_OUT,
    is_open,
    is_unattended,
)
from dashboard.sign_in.request_fields import KNOWN_COOKIE, look_of
from dashboard.sign_in.security_headers import ALWAYS, NOT_KEPT, STRICT_TRANSPORT
from dashboard.sign_in.site_language import SiteLanguage
from dashboard.web.request_user import stated_language
from dashboard.web.site_path import site_of, site_path

SAFE_METHODS = frozenset({"GET", "HEAD"})
SIZE_MAX_DIGITS = 10
LOGGED_CHARACTERS = 100  # of a method and a path, which may be anything

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RequestRules:
    """How large a request may be, whether our pages come over HTTPS only, what they speak, and how
    guests and strangers take turns; and from where and in which browsers the plant's own people
    come.
    """

    body_max_bytes: int
    only_https: bool
    site_language: SiteLanguage
    guest_calls: Turns
    stranger_calls: Turns
    known_addresses: KnownAddresses
    known_browsers: KnownBrowsers


class AuthMiddleware:
    """ASGI middleware: finds who asks, refuses who may not, and adds the security headers.

    Whom it lets pass stands in `request.state.who`. A request that changes something must come
    from a page of ours: browsers say so in `Origin`.
    """

    def __init__(
        self,
        app: ASGIApp,
        session_cache: SessionCache,
        refusals: Refusals,
        policy: Callable[[], str],
        rules: RequestRules,
    ) -> None:
        self._app = app
        self._session_cache = session_cache
        self._refusals = refusals
        self._policy = policy
        self._rules = rules
        self._schemes = {"https"} if rules.only_https else {"http", "https"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, redirect or refuse one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            sending = self._with_headers(scope, send)
            scope["client"] = _known_client(scope["client"])
            request = Request(scope)
            try:
                refusal = await self._refusal(request)
            except TooBusy as error:
                refusal = _not_now(request, error)
            with suppress(ClientDisconnect):  # whoever left needs no answer
                if refusal is None and _is_call_of_guest(request):
                    turn = self._rules.guest_calls.turn(request.state.who.viewer, is_guest=True)
                    await self._in_turn(turn, request, receive, sending)
                elif refusal is None and _is_page_for_strangers(request):
                    await self._in_turn(self._stranger_turn(request), request, receive, sending)
                else:
                    await (refusal or self._app)(scope, receive, sending)
        else:  # nothing else is served
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _stranger_turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        """Return the turn of a browser that is not known (yet); no crowd of strangers is before
        it where the plant's people are.
        """
        rules, token = self._rules, request.cookies.get(KNOWN_COOKIE, "")
        whose = rules.known_browsers.counted(_address(request), token)
        is_stranger = not (rules.known_addresses.has(whose) or rules.known_browsers.has(whose))
        return self._rules.stranger_calls.turn(whose, is_guest=is_stranger)

    async def _in_turn(
        self,
        awaited: AbstractAsyncContextManager[None],
        request: Request,
        receive: Receive,
        send: Send,
    ) -> None:
        """Serve a request when its turn comes; that is over when the answer begins."""
        async with AsyncExitStack() as turn:
            try:
                await turn.enter_async_context(awaited)
            except TooBusy as error:
                await _not_now(request, error)(request.scope, receive, send)
                return

            async def sending(message: Message) -> None:
                await turn.aclose()
                await send(message)

            await self._app(request.scope, receive, sending)

    async def _refusal(self, request: Request) -> Response | None:
        # What the router will see; the path of an URL has lost its line breaks.
        path: str = request.scope["path"]
        if refusal := self._unfit(request, path):
            return refusal
        if is_open(path):
            request.state.who = None
            if not path.startswith(FILES):
                await self._note_language(request, None)
            return None
        try:
            who = await self._who(request, used=not is_unattended(path))
        except psycopg.OperationalError as error:
            _log.warning("refuse: the database is away: %s", error)
            return HTMLResponse(away_page(look_of(request)), 503)
        request.state.who = who
        if who is None:
            return _sign_in(request)
        if may(who.role, Right.SEE_PLANT):
            self._rules.known_addresses.note(_address(request))
        await self._note_language(request, who.viewer)
        if isinstance(who, Session) and who.must_change_password:
            return None if path in {PASSWORD, SIGN_OUT} else _moved(request, PASSWORD)
        return None

    async def _who(self, request: Request, *, used: bool) -> Who | None:
        """Return who asks; those whom we did not see lately are looked up in turn by address.

        Raises TooBusy, psycopg.OperationalError.
        """
        cookies = request.cookies
        async with AsyncExitStack() as turn:
            if not self._session_cache.saw_lately(cookies):
                await turn.enter_async_context(self._stranger_turn(request))
            return await asyncio.to_thread(self._session_cache.who, cookies, used=used)

    async def _note_language(self, request: Request, viewer: str | None) -> None:
        """Note the site's language in the request, where it states none of ours.

        A crowd of strangers takes no thread that others wait for.
        """
        if stated_language(request.cookies, request.headers) is not None:
            return
        site, now, languages = site_of(request.state), datetime.now(UTC), self._rules.site_language
        known = languages.of_strangers(now) if viewer is None else None
        request.state.site_language = known or await asyncio.to_thread(
            languages.of, viewer, site, now
        )

    def _unfit(self, request: Request, path: str) -> Response | None:
        """Refuse what changes something and is not sent by a page of ours, or has no end."""
        if request.method not in SAFE_METHODS and not self._is_ours(request):
            sentence = f"{_shown(request, path)} from another origin"
            self._refusals.count(Limit.ORIGIN, _address(request), sentence)
            return PlainTextResponse("This request does not come from our own page.", 403)
        if not _is_small(request, self._rules.body_max_bytes):
            sentence = f"{_shown(request, path)} is too large"
            self._refusals.count(Limit.BODY_BYTES, _address(request), sentence)
            return TooLarge("This request is too large, or does not say its size.")
        return None

    def _is_ours(self, request: Request) -> bool:
        try:
            sender = urlsplit(request.headers.get("origin", ""))
        except ValueError:
            return False
        return sender.scheme in self._schemes and sender.netloc == request.headers.get("host")

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        path: str = scope["path"]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers[name] = value
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = self._policy()
                if not path.startswith(FILES):
                    for name, value in NOT_KEPT.items():
                        headers[name] = value
            await send(message)

        return sending


def _known_client(client: tuple[str, int] | None) -> tuple[str, int] | None:
    """Return the other end, but None if a proxy handed on as an address what is none.

    What follows a `%` names a network card of this machine, or whatever a proxy was sent.
    """
    try:
        return client and (str(ip_address(client[0].partition("%")[0])), client[1])
    except ValueError:
        return None


def _not_now(request: Request, error: TooBusy) -> Response:
    said = look_of(request).text("app.busy" if error.own else "app.too_slow")
    return PlainTextResponse(said, 503)


def _is_page_for_strangers(request: Request) -> bool:
    """Tell whether a page is wanted that anybody may see; files cost next to nothing."""
    return request.method in SAFE_METHODS and request.scope["path"] in {SIGN_IN, SCREEN}


def _is_call_of_guest(request: Request) -> bool:
    """Tell whether a guest asks for something other than live values, which have their own."""
    who = request.state.who
    return (
        who is not None
        and not may(who.role, Right.SEE_PLANT)
        and not request.scope["path"].startswith(LIVE)
    )


def _shown(request: Request, path: str) -> str:
    return f"{request.method[:LOGGED_CHARACTERS]} {path[:LOGGED_CHARACTERS]!r}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_small(request: Request, max_bytes: int) -> bool:
    """Tell whether a body has a stated size that the server may hold in memory.

    With a Transfer-Encoding beside it, a proxy and we might find different ends of it. What only
    reads has no body unless it states one.
    """
    if "transfer-encoding" in request.headers:
        return False
    unstated = "0" if request.method in SAFE_METHODS else ""
    size = request.headers.get("content-length", unstated)
    return size.isdecimal() and len(size) < SIZE_MAX_DIGITS and int(size) <= max_bytes


def _sign_in(request: Request) -> Response:
    """Lead a person to the sign-in page; tell a program of ours that the session has ended."""
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        site = site_path(site_of(request.state))
        target = site + request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(target, safe='')}", 303)
    return PlainTextResponse("Sign in first.", 401)


def _moved(request: Request, path: str) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(path, 303)
    return PlainTextResponse("Change the first password first.", 403)
