"""Signing in through an OpenID Connect provider: out, back, and the code of the second factor."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import quote

import psycopg
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.auth.cookies import Cookie
from dashboard.auth.errors import (
    AccessError,
    ProviderAway,
    SecondFactorUnreadable,
    SignInPaused,
    SignInRefused,
)
from dashboard.auth.oidc_login import (
    CODE_LIFETIME_S,
    STATE_LIFETIME_S,
    AuthorizationResponse,
    OidcSignIn,
)
from dashboard.auth.session_cache import SESSION_COOKIE
from dashboard.sign_in.pages import Asked, away_page, code_page, sign_in_page
from dashboard.sign_in.paths import OIDC, OIDC_CODE, OIDC_RETURN, SIGN_IN, safe_next
from dashboard.sign_in.request_fields import (
    FIELD_MAX_CHARACTERS,
    client_of,
    code_of,
    field_of,
    fields_of,
    look_of,
)
from dashboard.web.request_user import prefix_of

OIDC_COOKIE = "virtaama_oidc"
_REFUSALS: dict[type[AccessError], tuple[str, int]] = {
    SignInRefused: ("sign_in.refused", 403),
    SignInPaused: ("sign_in.paused", 429),
    ProviderAway: ("sign_in.provider_away", 503),
    SecondFactorUnreadable: ("sign_in.second_factor_unreadable", 503),
}

_EXPECTED: tuple[type[Exception], ...] = (*_REFUSALS, psycopg.OperationalError)

_log = logging.getLogger(__name__)


class OidcRoutes:
    """The routes of one provider; without any (None) they lead to the sign-in page."""

    def __init__(
        self,
        sign_in: OidcSignIn | None,
        label: str | None,
        end_session: Callable[[Request], Awaitable[None]],
        *,
        secure: bool,
    ) -> None:
        self._sign_in = sign_in
        self._label = label
        self._end_session = end_session
        self._secure = secure

    def add_to(self, server: FastAPI) -> None:
        """Register the routes; they must come before Dash's own."""
        for path, method, endpoint in (
            (OIDC, "GET", self._leave),
            (OIDC_RETURN, "GET", self._return),
            (OIDC_CODE, "GET", self._ask_code),
            (OIDC_CODE, "POST", self._take_code),
        ):
            server.add_api_route(path, endpoint, methods=[method], include_in_schema=False)

    async def _leave(self, request: Request) -> Response:
        target = safe_next(request.query_params.get("next"))
        if self._sign_in is None:
            return RedirectResponse(SIGN_IN, 303)
        try:
            redirect = await self._sign_in.begin(
                self._return_address(request), target, client_of(request)
            )
        except _EXPECTED as error:
            return self._refused(request, target, error)
        answer = RedirectResponse(redirect.url, 303)
        self._set_cookie(answer, redirect.token, STATE_LIFETIME_S)
        return answer

    async def _return(self, request: Request) -> Response:
        if self._sign_in is None:
            return RedirectResponse(SIGN_IN, 303)
        response = AuthorizationResponse(
            token=_token(request),
            state=request.query_params.get("state", ""),
            code=request.query_params.get("code", ""),
            redirect_uri=self._return_address(request),
            client=client_of(request),
        )
        try:
            step = await self._sign_in.complete(response)
        except _EXPECTED as error:
            return self._refused(request, safe_next(None), error)
        target = safe_next(step.target)
        if step.code_needed:
            asked = RedirectResponse(f"{OIDC_CODE}?next={quote(target, safe='')}", 303)
            self._set_cookie(asked, step.token, CODE_LIFETIME_S)
            return asked
        return await self._entered(request, target, step.token)

    async def _ask_code(self, request: Request) -> Response:
        if not _token(request):
            return RedirectResponse(SIGN_IN, 303)
        target = safe_next(request.query_params.get("next"))
        return HTMLResponse(code_page(look_of(request), target=target))

    async def _take_code(self, request: Request) -> Response:
        fields = await fields_of(request)
        target = safe_next(field_of(fields, "next"))
        if self._sign_in is None:
            return RedirectResponse(SIGN_IN, 303)
        try:
            token = await self._sign_in.give_code(
                _token(request), code_of(fields), client_of(request), datetime.now(UTC)
            )
        except _EXPECTED as error:
            return self._refused(request, target, error)
        return await self._entered(request, target, token)

    async def _entered(self, request: Request, target: str, token: str) -> Response:
        await self._end_session(request)
        entered = RedirectResponse(target, 303)
        Cookie(SESSION_COOKIE).set(entered, token, secure=self._secure)
        entered.delete_cookie(OIDC_COOKIE, path=OIDC)
        return entered

    def _refused(self, request: Request, target: str, error: Exception) -> Response:
        if isinstance(error, psycopg.OperationalError):
            return HTMLResponse(away_page(look_of(request)), 503)
        if isinstance(error, ProviderAway):
            _log.warning("oidc: the provider is away: %s", error)
        key, status = next(said for kind, said in _REFUSALS.items() if isinstance(error, kind))
        asked = Asked(target=target, message=look_of(request).text(key))
        page = sign_in_page(look_of(request), asked, code=False, provider=self._label)
        return HTMLResponse(page, status)

    def _return_address(self, request: Request) -> str:
        """Return where the provider sends the browser back to, as the browser knows us."""
        scheme = "https" if self._secure else request.url.scheme
        return (
            f"{scheme}://{request.headers.get('host', '')}{prefix_of(request.state)}{OIDC_RETURN}"
        )

    def _set_cookie(self, response: Response, token: str, max_age_s: float) -> None:
        Cookie(OIDC_COOKIE, OIDC, max_age_s).set(response, token, secure=self._secure)


def _token(request: Request) -> str:
    return request.cookies.get(OIDC_COOKIE, "")[:FIELD_MAX_CHARACTERS]
