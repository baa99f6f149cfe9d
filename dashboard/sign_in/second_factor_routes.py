"""The page on which a signed-in person sets or removes the second factor; it needs no script."""

import asyncio
from datetime import UTC, datetime
from html import escape

import psycopg
import segno
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.auth import second_factor, totp
from dashboard.auth.auth_store import AuthStore
from dashboard.auth.errors import (
    NoTotpKey,
    SecondFactorUnreadable,
    SessionEnded,
    SignInPaused,
    SignInRefused,
)
from dashboard.auth.password_hashing import Hashing
from dashboard.auth.password_login import SignInLimits
from dashboard.auth.second_factor import SecondFactor
from dashboard.auth.session_cache import SESSION_COOKIE, SessionCache
from dashboard.auth.sessions import Session
from dashboard.sign_in.pages import (
    Field,
    Form,
    PageStyle,
    away_page,
    form_html,
    home_link,
    page,
    paragraph,
)
from dashboard.sign_in.paths import HOME, SECOND_FACTOR, SIGN_IN
from dashboard.sign_in.request_fields import client_of, code_of, field_of, fields_of, look_of

QR_MODULE_PX = 4
SECRET_GROUP_CHARACTERS = 4
_CANNOT: dict[type[Exception], str] = {
    NoTotpKey: "sign_in.second_factor_no_key",
    SecondFactorUnreadable: "sign_in.second_factor_unreadable",
}
_PROOFS = (
    Field("password", "sign_in.password", "password", "current-password"),
    Field("code", "sign_in.code", autocomplete="one-time-code"),
)


class SecondFactorRoutes:
    """The routes of the page."""

    def __init__(
        self,
        auth_store: AuthStore,
        session_cache: SessionCache,
        hashing: Hashing,
        limits: SignInLimits,
    ) -> None:
        self._second_factor = SecondFactor(auth_store, limits)
        self._hashing = hashing
        self._session_cache = session_cache

    def add_to(self, server: FastAPI) -> None:
        """Register the routes; they must come before Dash's own."""
        for method, endpoint in (("GET", self._show), ("POST", self._change)):
            server.add_api_route(SECOND_FACTOR, endpoint, methods=[method], include_in_schema=False)

    async def _show(self, request: Request) -> Response:
        who = request.state.who
        if not isinstance(who, Session):  # a wall screen has no second factor
            return RedirectResponse(HOME, 303)
        look = look_of(request)
        try:
            is_set = await asyncio.to_thread(self._second_factor.is_set, who.login)
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look), 503)
        if is_set:
            return HTMLResponse(set_page(look, ""))
        if not self._second_factor.can_be_set:
            return _cannot(look, _CANNOT[NoTotpKey])
        return HTMLResponse(new_page(look, who.login, totp.new_secret(), ""))

    async def _change(self, request: Request) -> Response:
        """Set the factor whose secret the form holds, or remove the one that is there."""
        who, fields, look = request.state.who, await fields_of(request), look_of(request)
        if not isinstance(who, Session):
            return RedirectResponse(HOME, 303)
        secret = field_of(fields, "secret")
        asked = second_factor.Request(
            token=request.cookies.get(SESSION_COOKIE, ""),
            password=field_of(fields, "password"),
            code=code_of(fields),
            client=client_of(request),
        )
        try:
            await self._hashing.run(asked.client, self._do, asked, secret, datetime.now(UTC))
        except SessionEnded:
            return RedirectResponse(SIGN_IN, 303)
        except (NoTotpKey, SecondFactorUnreadable) as error:
            return _cannot(look, _CANNOT[type(error)])
        except (SignInRefused, SignInPaused) as error:
            paused = isinstance(error, SignInPaused)
            said = look.text("sign_in.paused" if paused else "sign_in.refused")
            offered = secret if totp.is_secret(secret) else totp.new_secret()
            shown = new_page(look, who.login, offered, said) if secret else set_page(look, said)
            return HTMLResponse(shown, 429 if paused else 403)
        except psycopg.OperationalError:
            return HTMLResponse(away_page(look), 503)
        self._session_cache.forget(asked.token)
        return RedirectResponse(SECOND_FACTOR, 303)

    def _do(self, asked: second_factor.Request, secret: str, now: datetime) -> None:
        if secret:
            self._second_factor.set(asked, secret, now)
        else:
            self._second_factor.remove(asked, now)


def _cannot(look: PageStyle, sentence: str) -> Response:
    """Say why nothing can be done here."""
    body = f'<p role="alert">{escape(look.text(sentence))}</p>{home_link(look)}'
    return HTMLResponse(page(look, "sign_in.second_factor", body), 503)


def new_page(look: PageStyle, login: str, secret: str, message: str) -> str:
    """Return the page that offers a secret, as text and as a QR code, and asks for its code."""
    code = segno.make(totp.enrolment_url(secret, login), error="m", micro=False)
    picture = code.svg_data_uri(scale=QR_MODULE_PX, dark="#000", light="#fff")
    groups = " ".join(
        secret[at : at + SECRET_GROUP_CHARACTERS]
        for at in range(0, len(secret), SECRET_GROUP_CHARACTERS)
    )
    form = Form(SECOND_FACTOR, _PROOFS, "sign_in.set_second_factor", message, {"secret": secret})
    name = escape(look.text("sign_in.qr"))
    return page(
        look,
        "sign_in.second_factor",
        paragraph(look.text("sign_in.scan"))
        + f'<img class="sign-in-qr" src="{escape(picture)}" alt="{name}">'
        + f'<p>{escape(look.text("sign_in.secret"))}: <code class="sign-in-secret">{escape(groups)}'
        + f"</code></p>{form_html(look, form)}{home_link(look)}",
    )


def set_page(look: PageStyle, message: str) -> str:
    """Return the page on which the second factor is removed."""
    form = Form(SECOND_FACTOR, _PROOFS, "sign_in.remove_second_factor", message)
    body = paragraph(look.text("sign_in.second_factor_is_set")) + form_html(look, form)
    return page(look, "sign_in.second_factor", body + home_link(look))
