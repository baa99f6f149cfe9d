"""Signing in: tries are counted, every refusal is the same, a success is a token."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import NoReturn

from dashboard.access import passwords, sessions, totp
from dashboard.access.errors import CodeNeeded, SignInPaused, SignInRefused
from dashboard.access.gate import Credentials, Gate, Opening
from dashboard.access.rate_limit import RateLimit

LOGIN_MAX_CHARACTERS = 120


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

    def opening(self, account_id: int, token: str, step: int | None, client: str) -> Opening:
        """Return the session to be opened for an account; `step` is that of the code, if any."""
        return Opening(
            account_id=account_id,
            token_sha256=sessions.token_hash(token),
            lifetime=timedelta(seconds=self.session_lifetime_s),
            idle=timedelta(seconds=self.session_idle_s),
            totp_step=step,
            client=client,
        )

    def refuse(self, gate: Gate, account_id: int | None, client: str, way: str = "") -> NoReturn:
        """Log and count a failure. Raises SignInRefused, always."""
        gate.sign_in_failed(
            account_id,
            client,
            limit_attempts=self.lock_limit_attempts,
            lock=timedelta(seconds=self.lock_s),
            way=way,
        )
        raise SignInRefused


@dataclass(frozen=True)
class Attempt:
    """What was typed, and the network address that it came from."""

    login: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    client: str = ""


class SignIn:
    """Takes attempts; one object for each server process, safe to call from several threads."""

    def __init__(self, gate: Gate, limits: SignInLimits | None = None) -> None:
        self._gate = gate
        self._limits = limits = limits or SignInLimits()
        self._names = RateLimit(limit_attempts=limits.name_limit_attempts, window_s=limits.window_s)
        self._clients = RateLimit(
            limit_attempts=limits.client_limit_attempts, window_s=limits.window_s
        )
        self._lock = Lock()

    def sign_in(self, attempt: Attempt, now: datetime) -> str:
        """Return the token of a new session.

        Raises SignInPaused, SignInRefused, or CodeNeeded if only the second factor is missing.
        """
        login = attempt.login.strip().lower()[:LOGIN_MAX_CHARACTERS]
        self._count(login, attempt.client, now)
        found = self._gate.credentials(login) if _possible(login) else None
        right = passwords.matches(attempt.password, None if found is None else found.password_hash)
        if found is None or not right or not found.open:
            self._refuse(found, attempt)
        step = self._second_factor(found, attempt, now)
        token = sessions.new_token()
        opening = self._limits.opening(found.account_id, token, step, attempt.client)
        if not self._gate.open_session(opening):
            self._refuse(found, attempt)
        with self._lock:
            self._names.forget(login)
        return token

    def _count(self, login: str, client: str, now: datetime) -> None:
        at_s = now.timestamp()
        with self._lock:
            wait_s = max(self._clients.wait_s(client, at_s), self._names.wait_s(login, at_s))
        if wait_s > 0:
            raise SignInPaused(wait_s)

    def _second_factor(self, found: Credentials, attempt: Attempt, now: datetime) -> int | None:
        if found.totp_secret is None:
            return None
        if not attempt.code:
            raise CodeNeeded
        step = totp.step_of(attempt.code, found.totp_secret, now)
        if step is None:
            self._refuse(found, attempt)
        return step

    def _refuse(self, found: Credentials | None, attempt: Attempt) -> NoReturn:
        account_id = None if found is None else found.account_id
        self._limits.refuse(self._gate, account_id, attempt.client)


def _possible(login: str) -> bool:
    """Tell whether the database could take this text at all."""
    return "\0" not in login
