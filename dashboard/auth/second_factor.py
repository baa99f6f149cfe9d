"""The second factor in a person's own hands: set and taken away with password and code."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from dashboard.auth import passwords, sessions, totp
from dashboard.auth.auth_store import AuthStore, Credentials
from dashboard.auth.errors import NoTotpKey, SessionEnded
from dashboard.auth.password_login import Failure, SignInLimits

WAY = "second_factor"


@dataclass(frozen=True)
class Request:
    """What a signed-in person gives: the session's token, the password, a code."""

    token: str = field(repr=False)
    password: str = field(repr=False)
    code: str = field(repr=False)
    client: str = ""


class SecondFactor:
    """Changes the second factor of whoever has a living session.

    A wrong password or code counts as a failed sign-in: ten in a row lock the account.
    """

    def __init__(self, auth_store: AuthStore, limits: SignInLimits | None = None) -> None:
        self._auth_store = auth_store
        self._limits = limits or SignInLimits()

    def is_set(self, login: str) -> bool:
        """Tell whether an account has a second factor."""
        found = self._auth_store.credentials(login)
        return found is not None and found.totp_secret is not None

    @property
    def can_be_set(self) -> bool:
        """Whether there is a key to keep it with."""
        return self._auth_store.can_set_second_factor

    def set(self, asked: Request, secret: str, now: datetime) -> None:
        """Give the account this secret; its other sessions end.

        Raises SessionEnded, SignInRefused, SignInPaused, NoTotpKey.
        """
        if not self.can_be_set:
            raise NoTotpKey
        found = self._checked(asked)
        if found.totp_secret is not None or not totp.is_secret(secret):
            self._refuse(found, asked)
        self._change(found, asked, secret, new=secret, now=now)

    def remove(self, asked: Request, now: datetime) -> None:
        """Take the second factor away; the account's other sessions end.

        Raises SessionEnded, SignInRefused, SignInPaused, SecondFactorUnreadable.
        """
        found = self._checked(asked)
        secret = self._auth_store.totp_secret(found)
        if secret is None:
            self._refuse(found, asked)
        self._change(found, asked, secret, new=None, now=now)

    def _checked(self, asked: Request) -> Credentials:
        session = sessions.look_up(self._auth_store, asked.token)
        found = None if session is None else self._auth_store.credentials(session.login)
        if found is None:
            raise SessionEnded
        # A locked account costs no hash: whoever guesses at an open page is not to slow others.
        if not found.open or not passwords.matches(asked.password, found.password_hash):
            self._refuse(found, asked)
        return found

    def _change(
        self, found: Credentials, asked: Request, secret: str, *, new: str | None, now: datetime
    ) -> None:
        step = totp.step_of(asked.code, secret, now)
        key = sessions.token_hash(asked.token)
        if step is None or not self._auth_store.set_second_factor(key, new, step, asked.client):
            self._refuse(found, asked)

    def _refuse(self, found: Credentials, asked: Request) -> NoReturn:
        self._limits.refuse(self._auth_store, Failure(found.account_id, asked.client, WAY))
