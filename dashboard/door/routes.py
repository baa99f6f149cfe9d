"""The addresses of the way in: sign in, sign out, change the password, make a wall screen."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import psycopg
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.access import sessions
from dashboard.access.errors import (
    CodeNeeded,
    PasswordUnfit,
    SessionEnded,
    SignInPaused,
    SignInRefused,
)
from dashboard.access.gate import Gate
from dashboard.access.passwords import HASHES_AT_ONCE_MAX
from dashboard.access.sign_in import Attempt, SignIn
from dashboard.door.cookies import Cookie, is_token
from dashboard.door.forms import Asked, away_page, password_page, sign_in_page
from dashboard.door.openings import HOME, PASSWORD, SCREEN, SIGN_IN, SIGN_OUT, safe_next
from dashboard.door.reading import (
    client_of,
    code_of,
    field_of,
    fields_of,
    look_of,
)
from dashboard.door.watch import DEVICE_COOKIE, SESSION_COOKIE, Watch
from dashboard.texts import LANGUAGES
from dashboard.visit import LANGUAGE_COOKIE

SCREEN_COOKIE_S = 400 * 86_400
YEAR_S = 366 * 86_400
WAITING_MAX = 20  # sign-ins at once; each takes some 50 ms of a processor
WAIT_S = 5.0
_REFUSALS: dict[type[Exception], tuple[str, int]] = {
    PasswordUnfit: ("door.unfit", 403),
    SignInPaused: ("door.paused", 429),
    SignInRefused: ("door.refused", 403),
}

Done = TypeVar("Done")


class Door:
    """The routes of the way in, with what they need."""

    def __init__(
        self, gate: Gate, watch: Watch, *, secure_cookies: bool, provider: str | None
    ) -> None:
        self._gate = gate
        self._watch = watch
        self._sign_in = SignIn(gate)
        self._secure = secure_cookies
        self._provider = provider  # what the button to it says; None: there is none
        # Apart from the threads that answer everybody else: whoever guesses waits among guessers.
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE_MAX, "sign-in")
        self._waiting = 0

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
        attempt = Attempt(
            login=field_of(form, "login"),
            password=field_of(form, "password"),
            code=code_of(form),
            client=client_of(request),
        )
        target, look = safe_next(field_of(form, "next")), look_of(request)
        status, message, code = 403, "door.refused", bool(attempt.code)
        try:
            token = await self._apart(self._sign_in.sign_in, attempt, datetime.now(UTC))
        except SignInPaused:
            status, message = 429, "door.paused"
        except CodeNeeded:
            status, message, code = 401, "door.code_needed", True
        except SignInRefused:
            pass
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look), 503)
        else:
            entered = RedirectResponse(target, 303)
            Cookie(SESSION_COOKIE).set(entered, token, secure=self._secure)
            return entered
        asked = Asked(attempt.login, target, look.text(message))
        page = sign_in_page(look, asked, code=code, provider=self._provider)
        return HTMLResponse(page, status)

    async def _leave(self, request: Request) -> Response:
        token = request.cookies.get(SESSION_COOKIE, "")
        try:
            await asyncio.to_thread(sessions.end, self._gate, token, client_of(request))
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look_of(request)), 503)
        self._watch.forget(token)
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
            return refused("door.not_the_same", 403)
        change: Callable[..., Any] = sessions.change_password
        try:
            old = field_of(form, "old")
            await self._apart(change, self._gate, token, old, new, client_of(request))
        except SessionEnded:  # a moment ago, or never: a wall screen has none
            return RedirectResponse(SIGN_IN, 303)
        except (PasswordUnfit, SignInPaused, SignInRefused) as error:
            return refused(*_REFUSALS[type(error)])
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look), 503)
        self._watch.forget(token)
        return RedirectResponse(HOME, 303)

    async def _screen(self, request: Request) -> Response:
        """Make this browser a wall screen; the address with the token is opened once.

        Whatever cannot be a token leads the same way as one that nobody has: to the sign-in page.
        """
        token = request.query_params.get("token", "")
        shown = RedirectResponse(HOME, 303)
        if is_token(token):
            cookie = Cookie(DEVICE_COOKIE, max_age_s=SCREEN_COOKIE_S)
            cookie.set(shown, token, secure=self._secure)
        return shown

    async def _apart(self, do: Callable[..., Done], *arguments: Any) -> Done:
        """Do what hashes a password. Raises SignInPaused if too many wait for their turn."""
        if self._waiting >= WAITING_MAX:
            raise SignInPaused(WAIT_S)
        self._waiting += 1
        try:
            call = partial(do, *arguments)
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        finally:
            self._waiting -= 1


def _must(request: Request) -> bool:
    """Tell whether the first password has to be changed before anything else."""
    return bool(getattr(request.state.who, "must_change_password", False))
