"""The addresses of the way in: sign in, sign out, change the password, make a wall screen."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.auth import sessions
from dashboard.auth.auth_store import AuthStore
from dashboard.auth.change_password import Change, change_password
from dashboard.auth.cookies import Cookie, is_token
from dashboard.auth.errors import (
    CodeNeeded,
    PasswordUnfit,
    SecondFactorUnreadable,
    SessionEnded,
    SignInPaused,
    SignInRefused,
)
from dashboard.auth.password_hashing import Hashing
from dashboard.auth.password_login import Attempt, SignIn
from dashboard.auth.roles import Right, may
from dashboard.auth.session_cache import DEVICE_COOKIE, SESSION_COOKIE, SessionCache
from dashboard.sign_in.pages import Asked, away_page, password_page, sign_in_page
from dashboard.sign_in.paths import HOME, PASSWORD, SCREEN, SIGN_IN, SIGN_OUT, safe_next
from dashboard.sign_in.request_fields import (
    KNOWN_COOKIE,
    client_of,
    code_of,
    field_of,
    fields_of,
    look_of,
)
from dashboard.web.request_user import LANGUAGE_COOKIE
from dashboard.web.services import Services
from schemas.languages import LANGUAGES

SCREEN_COOKIE_S = 400 * 86_400
YEAR_S = 366 * 86_400
KNOWN_COOKIE_S = 400 * 86_400
_REFUSALS: dict[type[Exception], tuple[str, int]] = {
    PasswordUnfit: ("sign_in.unfit", 403),
    SignInPaused: ("sign_in.paused", 429),
    SignInRefused: ("sign_in.refused", 403),
}


class PasswordRoutes:
    """The routes of the way in, with what they need."""

    def __init__(
        self,
        services: Services,
        sign_in: SignIn,
        hashing: Hashing,
        *,
        secure_cookies: bool,
        provider: str | None,
    ) -> None:
        self._auth_store = services.auth_store
        self._session_cache = services.session_cache
        self._browsers = services.known_browsers
        self._sign_in = sign_in
        self._hashing = hashing
        self._secure = secure_cookies
        self._provider = provider  # what the button to it says; None: there is none

    def add_to(self, server: FastAPI) -> None:
        """Register the routes; they must come before Dash's own."""
        for path, method, endpoint in (
            (SIGN_IN, "GET", self._ask),
            (SIGN_IN, "POST", self._enter),
            (SIGN_OUT, "POST", self._leave),
            (PASSWORD, "GET", self._ask_password),
            (PASSWORD, "POST", self._change_password),
            (SCREEN, "GET", self._screen),
        ):
            server.add_api_route(path, endpoint, methods=[method], include_in_schema=False)

    async def _ask(self, request: Request) -> Response:
        target = safe_next(request.query_params.get("next"))
        wanted = request.query_params.get("language")
        look = look_of(request)
        if wanted in LANGUAGES:
            look = replace(look, language=wanted)
        asked = Asked(target=target)
        page = HTMLResponse(sign_in_page(look, asked, code=False, provider=self._provider))
        if wanted in LANGUAGES:
            page.set_cookie(LANGUAGE_COOKIE, wanted, max_age=YEAR_S, samesite="lax")
        return page

    async def _enter(self, request: Request) -> Response:
        form = await fields_of(request)
        device = known_browser(request)
        attempt = Attempt(
            login=field_of(form, "login"),
            password=field_of(form, "password"),
            code=code_of(form),
            client=client_of(request),
            device=device,
            counted=self._browsers.counted(client_of(request), device),
        )
        target, look = safe_next(field_of(form, "next")), look_of(request)
        status, message, code = 403, "sign_in.refused", bool(attempt.code)
        try:
            token = await self._hashing.run(
                attempt.client,
                self._sign_in.sign_in,
                attempt,
                datetime.now(UTC),
                browser=attempt.device,
            )
            await end_session(request, self._auth_store, self._session_cache)
            await self._note_browser(token, device)
        except SignInPaused:
            status, message = 429, "sign_in.paused"
        except SecondFactorUnreadable:
            status, message = 503, "sign_in.second_factor_unreadable"
        except CodeNeeded:
            status, message, code = 401, "sign_in.code_needed", True
        except SignInRefused:
            pass
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look), 503)
        else:
            entered = RedirectResponse(target, 303)
            Cookie(SESSION_COOKIE).set(entered, token, secure=self._secure)
            Cookie(KNOWN_COOKIE, SIGN_IN, KNOWN_COOKIE_S).set(entered, device, secure=self._secure)
            return entered
        asked = Asked(attempt.login, target, look.text(message))
        page = sign_in_page(look, asked, code=code, provider=self._provider)
        return HTMLResponse(page, status)

    async def _note_browser(self, token: str, browser: str) -> None:
        """Remember a browser in which somebody of the plant has just signed in."""
        who = await asyncio.to_thread(self._session_cache.who, {SESSION_COOKIE: token})
        if who is not None and may(who.role, Right.SEE_PLANT):
            self._browsers.note(browser)

    async def _leave(self, request: Request) -> Response:
        try:
            await end_session(request, self._auth_store, self._session_cache)
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look_of(request)), 503)
        left = RedirectResponse(SIGN_IN, 303)
        left.delete_cookie(SESSION_COOKIE)
        return left

    async def _ask_password(self, request: Request) -> Response:
        return HTMLResponse(password_page(look_of(request), message="", must=_must(request)))

    async def _change_password(self, request: Request) -> Response:
        form, look = await fields_of(request), look_of(request)
        token = request.cookies.get(SESSION_COOKIE, "")
        new = field_of(form, "new")

        def refused(key: str, status: int) -> Response:
            said = look.text(key)
            return HTMLResponse(password_page(look, message=said, must=_must(request)), status)

        if new != field_of(form, "again"):
            return refused("sign_in.not_the_same", 403)
        change = Change(token, field_of(form, "old"), new, client_of(request))
        try:
            limits = self._sign_in.limits
            await self._hashing.run(
                change.client, change_password, self._auth_store, change, limits
            )
        except SessionEnded:  # a moment ago, or never: a wall screen has none
            return RedirectResponse(SIGN_IN, 303)
        except (PasswordUnfit, SignInPaused, SignInRefused) as error:
            return refused(*_REFUSALS[type(error)])
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look), 503)
        self._session_cache.forget(token)
        return RedirectResponse(HOME, 303)

    async def _screen(self, request: Request) -> Response:
        """Make this browser a wall screen; the address with the token is opened once.

        Whatever is no living token leads the same way, to the sign-in page, and leaves nothing in
        the browser.
        """
        token = request.query_params.get("token", "")
        shown = RedirectResponse(HOME, 303)
        try:
            exists = is_token(token) and await asyncio.to_thread(self._is_device, token)
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look_of(request)), 503)
        if exists:
            cookie = Cookie(DEVICE_COOKIE, max_age_s=SCREEN_COOKIE_S)
            cookie.set(shown, token, secure=self._secure)
        return shown

    def _is_device(self, token: str) -> bool:
        return sessions.look_up_device(self._auth_store, token) is not None


def known_browser(request: Request) -> str:
    """Return the token by which this browser is known, or a new one."""
    token = request.cookies.get(KNOWN_COOKIE, "")
    return token if is_token(token) else sessions.new_token()


async def end_session(request: Request, auth_store: AuthStore, session_cache: SessionCache) -> None:
    """End the session that the request comes with, if there is one.

    Raises psycopg.OperationalError if the database does not answer.
    """
    token = request.cookies.get(SESSION_COOKIE, "")
    if not is_token(token):
        return
    await asyncio.to_thread(sessions.end, auth_store, token, client_of(request))
    session_cache.forget(token)


def _must(request: Request) -> bool:
    """Tell whether the first password has to be changed before anything else."""
    return bool(getattr(request.state.who, "must_change_password", False))
