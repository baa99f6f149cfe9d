"""Signing in: tries are counted, every refusal is the same, a success is a token."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import NoReturn

from dashboard.auth import passwords, sessions, totp
from dashboard.auth.auth_store import AuthStore, Credentials, NewSession
from dashboard.auth.errors import CodeNeeded, SignInPaused, SignInRefused
from dashboard.auth.rate_limit import RateLimit
from dashboard.limits.addresses import counted_address
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals

LOGIN_MAX_CHARACTERS = 120
KNOWN_DEVICES_MAX = 20

_log = logging.getLogger(__name__)
_refusals = Refusals()


@dataclass(frozen=True)
class Failure:
    """A failed try: whose account (None: nobody's), from where, how, and by which known browser."""

    account_id: int | None
    client: str
    way: str = ""
    device_sha256: bytes | None = None


@dataclass(frozen=True)
class SignInLimits:
    """How often one may try, and how long a session lives."""

    name_limit_attempts: int = 10
    client_limit_attempts: int = 60
    window_s: float = 300.0
    lock_limit_attempts: int = 10
    lock_s: float = 900.0
    session_lifetime_s: float = 12 * 3600.0
    session_idle_s: float = 2 * 3600.0
    known_devices_max: int = KNOWN_DEVICES_MAX
    departures_max: int = 10_000
    sessions_max: int = 50
    failures_logged_max: int = 1_000

    def new_session(self, account_id: int, token: str, step: int | None, client: str) -> NewSession:
        """Return the session to be opened for an account; `step` is that of the code, if any."""
        return NewSession(
            account_id=account_id,
            token_sha256=sessions.token_hash(token),
            lifetime=timedelta(seconds=self.session_lifetime_s),
            idle=timedelta(seconds=self.session_idle_s),
            totp_step=step,
            client=client,
        )

    def end_oldest(self, auth_store: AuthStore, account_id: int) -> None:
        """End the oldest sessions of an account beyond the limit: somebody just opened another."""
        ended = auth_store.end_oldest_sessions(account_id, limit_sessions=self.sessions_max)
        for _ in range(ended):
            _refusals.count(Limit.SESSIONS, f"account:{account_id}", "its oldest session was ended")

    def refuse(self, auth_store: AuthStore, failure: Failure) -> NoReturn:
        """Count and log a failure. Raises SignInRefused, always."""
        # A line of its own form, so that fail2ban finds the address whatever was typed.
        _log.warning("sign-in refused from %s: %s", failure.client or "?", failure.way or "sign_in")
        auth_store.sign_in_failed(
            failure.account_id,
            limit_attempts=self.lock_limit_attempts,
            lock=timedelta(seconds=self.lock_s),
            device_sha256=failure.device_sha256,
        )
        if not auth_store.log_sign_in_failed(
            failure.account_id,
            failure.client,
            failure.way,
            limit_per_hour=self.failures_logged_max,
        ):
            sentence = "so many failures stand in the access log this hour that no more are added"
            _refusals.count(Limit.SIGN_IN_FAILURES_LOGGED, failure.client, sentence)
        raise SignInRefused


@dataclass(frozen=True)
class Attempt:
    """What was typed, the network address that it came from, and the token of a known browser.

    Its tries are `counted` as those of the address, unless something else is named.
    """

    login: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    client: str = ""
    device: str = field(default="", repr=False)
    counted: str = field(default="", repr=False)

    @property
    def device_sha256(self) -> bytes | None:
        """What the database knows the browser by."""
        return sessions.token_hash(self.device) if self.device else None


class SignIn:
    """Takes attempts; one object for each server process, safe to call from several threads."""

    def __init__(
        self,
        auth_store: AuthStore,
        limits: SignInLimits | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auth_store = auth_store
        self._limits = limits = limits or SignInLimits()
        self._clock_s = clock_s
        self._names = RateLimit(limit_attempts=limits.name_limit_attempts, window_s=limits.window_s)
        self._clients = RateLimit(
            limit_attempts=limits.client_limit_attempts, window_s=limits.window_s
        )
        self._lock = Lock()

    @property
    def limits(self) -> SignInLimits:
        """How often one may try, for what else asks for the password."""
        return self._limits

    def sign_in(self, attempt: Attempt, now: datetime) -> str:
        """Return the token of a new session; the browser is known to the account from now on.

        Raises SignInPaused, SignInRefused, CodeNeeded if only the second factor is missing, or
        SecondFactorUnreadable.
        """
        login = attempt.login.strip().lower()[:LOGIN_MAX_CHARACTERS]
        with self._lock:
            counted = attempt.counted or counted_address(attempt.client)
            wait_s = self._clients.wait_s(counted, self._clock_s())
        self._pause_if(wait_s, Limit.SIGN_INS_PER_ADDRESS, attempt)
        possible = "\0" not in login  # whether the database could take this text at all
        found = self._auth_store.credentials(login, attempt.device_sha256) if possible else None
        # Tries of strangers do not use up those of a browser that was let in before.
        name = f"{login} {attempt.device}" if found is not None and found.known else login
        with self._lock:
            wait_s = self._names.wait_s(name, self._clock_s())
        self._pause_if(wait_s, Limit.SIGN_INS_PER_NAME, attempt)
        right = passwords.matches(attempt.password, None if found is None else found.password_hash)
        if found is None or not right or not found.open:
            self._refuse(found, attempt)
        step = self._second_factor(found, attempt, now)
        token = sessions.new_token()
        new = self._limits.new_session(found.account_id, token, step, attempt.client)
        if not self._auth_store.open_session(replace(new, vouched=found.known)):
            self._refuse(found, attempt)
        self._limits.end_oldest(self._auth_store, found.account_id)
        if attempt.device_sha256 is not None:
            self._auth_store.remember_device(
                found.account_id,
                attempt.device_sha256,
                limit_devices=self._limits.known_devices_max,
            )
        with self._lock:
            self._names.forget(name)
        return token

    def _pause_if(self, wait_s: float, limit: Limit, attempt: Attempt) -> None:
        if wait_s > 0:  # the log never holds what was typed, which may be a password
            sentence = "it tries to sign in too often"
            _refusals.count(limit, attempt.client, sentence)
            raise SignInPaused(wait_s)

    def _second_factor(self, found: Credentials, attempt: Attempt, now: datetime) -> int | None:
        if found.totp_secret is None:
            return None
        if not attempt.code:
            raise CodeNeeded
        secret = self._auth_store.totp_secret(found)
        step = None if secret is None else totp.step_of(attempt.code, secret, now)
        if step is None:
            self._refuse(found, attempt)
        return step

    def _refuse(self, found: Credentials | None, attempt: Attempt) -> NoReturn:
        account_id = None if found is None else found.account_id
        failure = Failure(account_id, attempt.client, device_sha256=attempt.device_sha256)
        self._limits.refuse(self._auth_store, failure)
