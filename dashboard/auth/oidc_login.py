"""Signing in through an OpenID Connect provider: leave, return with a proof, give the code."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

from dashboard.auth import sessions, totp
from dashboard.auth.auth_store import AuthorizationState, AuthStore, Identity, Proven
from dashboard.auth.errors import IdentityUnproven, SignInPaused, SignInRefused
from dashboard.auth.oidc_provider import AuthorizationCode, Provider
from dashboard.auth.password_login import Failure, SignInLimits
from dashboard.auth.rate_limit import RateLimit
from dashboard.limits.addresses import counted_address
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals

WAY = "oidc"
STATE_LIFETIME_S = 600.0
CODE_LIFETIME_S = 300.0
DEPARTURES_WAIT_S = 60.0
ANSWER_MAX_CHARACTERS = 4_000

_log = logging.getLogger(__name__)
_refusals = Refusals()


@dataclass(frozen=True)
class Redirect:
    """Where to send a browser, and the token that it must bring back in a cookie."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class AuthorizationResponse:
    """What a browser brought back: its cookie's token, the provider's state and code."""

    token: str = field(repr=False)
    state: str = field(repr=False)
    code: str = field(repr=False)
    redirect_uri: str
    client: str


@dataclass(frozen=True)
class SignInStep:
    """A new session's token, or with `code_needed` the token that the second factor goes with."""

    token: str = field(repr=False)
    target: str
    code_needed: bool


class OidcSignIn:
    """Begin, complete, maybe give a code; one object for each server process and its event loop."""

    def __init__(
        self,
        auth_store: AuthStore,
        provider: Provider,
        limits: SignInLimits | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auth_store = auth_store
        self._provider = provider
        self._limits = limits = limits or SignInLimits()
        self._clock_s = clock_s
        self._clients = RateLimit(
            limit_attempts=limits.client_limit_attempts, window_s=limits.window_s
        )

    async def begin(self, redirect_uri: str, target: str, client: str) -> Redirect:
        """Begin: the browser goes to the provider. Raises SignInPaused, ProviderAway."""
        self._count("leave", client)
        request = await self._provider.authorization_request(redirect_uri)
        token = sessions.new_token()
        state = AuthorizationState(request.state, request.nonce, request.code_verifier, target)
        remembered = await asyncio.to_thread(
            self._auth_store.oidc_keep_state,
            sessions.token_hash(token),
            state,
            lifetime=timedelta(seconds=STATE_LIFETIME_S),
            limit_departures=self._limits.departures_max,
        )
        if not remembered:
            sentence = "too many people are away at the provider"
            _refusals.count(Limit.DEPARTURES, client, sentence)
            raise SignInPaused(DEPARTURES_WAIT_S)
        return Redirect(request.url, token)

    async def complete(self, response: AuthorizationResponse) -> SignInStep:
        """Take what came back, once. Raises SignInPaused, SignInRefused, ProviderAway."""
        self._count("arrive", response.client)
        kept = await self._kept_state(response)
        if kept is None:
            await self._refuse(None, response.client, "nobody left here, or returned since")
        if not 0 < len(response.code) <= ANSWER_MAX_CHARACTERS:
            await self._refuse(None, response.client, "the provider sent no code")
        answer = AuthorizationCode(
            response.code, kept.nonce, kept.code_verifier, response.redirect_uri
        )
        try:
            identity = await self._provider.identity(answer)
        except IdentityUnproven as error:
            await self._refuse(None, response.client, str(error))
        found = await asyncio.to_thread(self._auth_store.oidc_account, identity)
        if found is None or not found.open:
            await self._refuse(found, response.client, "no account, or it is closed")
        if found.totp_secret is None:
            token = await self._open(found, identity, None, response.client)
            return SignInStep(token, kept.target, code_needed=False)
        token = sessions.new_token()
        lifetime = timedelta(seconds=CODE_LIFETIME_S)
        await asyncio.to_thread(
            self._auth_store.oidc_ask_code,
            sessions.token_hash(token),
            found.account_id,
            identity,
            lifetime,
        )
        return SignInStep(token, kept.target, code_needed=True)

    async def give_code(self, token: str, code: str, client: str, now: datetime) -> str:
        """Return the token of a new session. Raises what signing in with a password raises.

        A wrong code ends the sign-in: the way begins at the provider again.
        """
        self._count("code", client)
        pending = await asyncio.to_thread(
            self._auth_store.oidc_take_pending, sessions.token_hash(token)
        )
        if pending is None:
            await self._refuse(None, client, "nobody owes this code")
        found, identity = pending
        step = None
        secret = self._auth_store.totp_secret(found)
        if secret is not None:  # it may have been taken away meanwhile
            step = totp.step_of(code, secret, now)
            if step is None:
                await self._refuse(found, client, "the code is wrong")
        return await self._open(found, identity, step, client)

    async def _kept_state(self, response: AuthorizationResponse) -> AuthorizationState | None:
        if "\0" in response.state or len(response.state) > ANSWER_MAX_CHARACTERS:
            return None
        key = sessions.token_hash(response.token)
        return await asyncio.to_thread(self._auth_store.oidc_take_state, key, response.state)

    async def _open(self, found: Proven, identity: Identity, step: int | None, client: str) -> str:
        token = sessions.new_token()
        new = self._limits.new_session(found.account_id, token, step, client)
        if not await asyncio.to_thread(self._auth_store.oidc_open_session, new, identity):
            await self._refuse(found, client, "closed, linked or the code used meanwhile")
        await asyncio.to_thread(self._limits.end_oldest, self._auth_store, found.account_id)
        return token

    async def _refuse(self, found: Proven | None, client: str, why: str) -> NoReturn:
        account_id = None if found is None else found.account_id
        _log.info("oidc: refused account %s: %s", account_id, why)
        await asyncio.to_thread(
            self._limits.refuse, self._auth_store, Failure(account_id, client, WAY)
        )
        raise SignInRefused

    def _count(self, step: str, client: str) -> None:
        wait_s = self._clients.wait_s(f"{step} {counted_address(client)}", self._clock_s())
        if wait_s > 0:
            sentence = "it goes to the provider too often"
            _refusals.count(Limit.SIGN_INS_PER_ADDRESS, client, sentence)
            raise SignInPaused(wait_s)
