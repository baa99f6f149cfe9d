"""What the app may ask before it knows who looks: as a role that has no table, only functions."""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

from dashboard.auth.errors import SecondFactorUnreadable
from dashboard.auth.totp_keys import TotpKeys
from schemas.queries import queries

ROLE = "virtaama_gate"

_SQL = queries("access")
_log = logging.getLogger(__name__)


class Pool(Protocol):
    """Lends connections, as psycopg_pool.ConnectionPool does."""

    def connection(self) -> AbstractContextManager[psycopg.Connection[Any]]: ...  # noqa: D102


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is compared with; `open` is false while locked or disabled.

    `known` tells that the device was let in before: strangers' failures do not close it.
    """

    account_id: int
    password_hash: str
    totp_secret: str | None  # as it is stored
    known: bool
    open: bool


@dataclass(frozen=True)
class Identity:
    """Who a provider says that somebody is; `email` only if the provider has verified it."""

    issuer: str
    subject: str
    email: str | None = None


@dataclass(frozen=True)
class AuthorizationState:
    """What must be known when a browser returns from the provider, and where it wanted to go."""

    state: str
    nonce: str
    code_verifier: str
    target: str


@dataclass(frozen=True)
class Proven:
    """The account of an identity; `open` is false while locked or disabled."""

    account_id: int
    totp_secret: str | None
    open: bool


@dataclass(frozen=True)
class NewSession:
    """A session to be opened, and how long it may live and rest.

    `vouched` lets in although the account is locked: a known device, or a provider's word.
    """

    account_id: int
    token_sha256: bytes
    lifetime: timedelta
    idle: timedelta
    totp_step: int | None
    client: str
    vouched: bool = False


class AuthStore:
    """The functions of schema `gate`, each in a transaction of its own.

    All methods raise psycopg.OperationalError if the database does not answer.
    """

    def __init__(self, pool: Pool, totp_keys: TotpKeys | None = None) -> None:
        self._pool = pool
        self._totp_keys = totp_keys or TotpKeys()

    @property
    def can_set_second_factor(self) -> bool:
        """Whether there is a key to encrypt one with."""
        return bool(self._totp_keys)

    def totp_secret(self, found: Credentials | Proven) -> str | None:
        """Return the secret of an account's second factor, decrypted; None if it has none.

        Raises SecondFactorUnreadable, and logs it.
        """
        if found.totp_secret is None:
            return None
        try:
            return self._totp_keys.decrypt(found.totp_secret)
        except SecondFactorUnreadable as error:
            _log.error("second factor: account %s: %s", found.account_id, error)
            raise

    def site_language(self) -> str | None:
        """Return the language of the site that was loaded first; None without a site."""
        row = self._one("site_language", {})
        return None if row is None else row["language"]

    def credentials(self, login: str, device_sha256: bytes | None = None) -> Credentials | None:
        """Return what an account's sign-in is compared with; None if there is no such account."""
        row = self._one("credentials", {"login": login, "device_sha256": device_sha256})
        return None if row is None else Credentials(**row)

    def sign_in_failed(
        self,
        account_id: int | None,
        *,
        limit_attempts: int,
        lock: timedelta,
        device_sha256: bytes | None = None,
    ) -> None:
        """Count a failure; at `limit_attempts` in a row the account is locked.

        Nobody's (None) is not counted, and takes as long.
        Of a known device they are counted against the device, which is then a stranger's.
        """
        values = {"device_sha256": device_sha256, "limit": limit_attempts, "lock": lock}
        self._one("sign_in_failed", {"account": account_id, **values})

    def log_sign_in_failed(
        self, account_id: int | None, client: str, way: str, *, limit_per_hour: int
    ) -> bool:
        """Log a failure; `way` is how it was tried, empty for a password.

        False if so many of this account, or of nobody's, were logged in the last hour already.
        """
        values = {"account": account_id, "client": client, "way": way, "limit": limit_per_hour}
        row = self._one("log_sign_in_failed", values)
        return row is not None and bool(row["logged"])

    def remember_device(self, account_id: int, device_sha256: bytes, *, limit_devices: int) -> None:
        """Let a browser be known to an account; the ones used least lately are forgotten."""
        values = {"device_sha256": device_sha256, "limit": limit_devices}
        self._one("remember_device", {"account": account_id, **values})

    def open_session(self, new: NewSession) -> bool:
        """Open a session; False if the account was closed, or the code used, a moment ago."""
        row = self._one("open_session", vars(new))
        return row is not None and bool(row["opened"])

    def end_oldest_sessions(self, account_id: int, *, limit_sessions: int) -> int:
        """End the oldest living sessions of an account beyond the limit; return how many."""
        row = self._one("end_oldest_sessions", {"account": account_id, "limit": limit_sessions})
        return 0 if row is None else int(row["ended"])

    def session(self, token_sha256: bytes, *, used: bool = True) -> dict[str, Any] | None:
        """Return the living session of a token with its account; `used` lets it live on."""
        return self._one("session", {"token_sha256": token_sha256, "used": used})

    def close_session(self, token_sha256: bytes, client: str) -> None:
        """End a session; nothing happens if there is none."""
        self._one("close_session", {"token_sha256": token_sha256, "client": client})

    def change_password(self, token_sha256: bytes, password_hash: str, client: str) -> bool:
        """Store a new hash for a living session's account and end its other sessions."""
        row = self._one(
            "change_password",
            {"token_sha256": token_sha256, "hash": password_hash, "client": client},
        )
        return row is not None and bool(row["changed"])

    def oidc_keep_state(
        self,
        token_sha256: bytes,
        state: AuthorizationState,
        *,
        lifetime: timedelta,
        limit_departures: int,
    ) -> bool:
        """Remember who went to the provider; False if too many others did."""
        values = {"token_sha256": token_sha256, "lifetime": lifetime, "limit": limit_departures}
        row = self._one("oidc_depart", {**vars(state), **values})
        return row is not None and bool(row["remembered"])

    def oidc_take_state(self, token_sha256: bytes, state: str) -> AuthorizationState | None:
        """Take out what was kept of a browser; None if nothing was, or it returned before."""
        row = self._one("oidc_return", {"token_sha256": token_sha256, "state": state})
        return None if row is None else AuthorizationState(state=state, **row)

    def oidc_account(self, identity: Identity) -> Proven | None:
        """Return the account that is linked to an identity, or may be."""
        row = self._one("oidc_account", vars(identity))
        return None if row is None else Proven(**row)

    def oidc_ask_code(
        self, token_sha256: bytes, account_id: int, identity: Identity, lifetime: timedelta
    ) -> None:
        """Remember who has proven an identity and owes the code of the second factor."""
        values = {"token_sha256": token_sha256, "account_id": account_id, "lifetime": lifetime}
        self._one("oidc_ask_code", {**vars(identity), **values})

    def oidc_take_pending(self, token_sha256: bytes) -> tuple[Proven, Identity] | None:
        """Take out who owes a code; None if nobody does, or the code was given before."""
        row = self._one("oidc_take_pending", {"token_sha256": token_sha256})
        if row is None:
            return None
        identity = Identity(row.pop("issuer"), row.pop("subject"))
        return Proven(**row), identity

    def oidc_open_session(self, new: NewSession, identity: Identity) -> bool:
        """Open a session as a password does; False also if the account is linked to another."""
        row = self._one("oidc_open_session", {**vars(new), **vars(identity)})
        return row is not None and bool(row["opened"])

    def set_second_factor(
        self, token_sha256: bytes, secret: str | None, totp_step: int, client: str
    ) -> bool:
        """Give a living session's account a second factor, or take it away (None).

        False if the session is dead, the code used before, or nothing there to change. Raises
        NoTotpKey for a factor that could not be kept encrypted.
        """
        if secret is not None:
            secret = self._totp_keys.encrypt(secret)
        values = {"secret": secret, "totp_step": totp_step, "client": client}
        row = self._one("set_second_factor", {"token_sha256": token_sha256, **values})
        return row is not None and bool(row["changed"])

    def device(self, token_sha256: bytes) -> dict[str, Any] | None:
        """Return the device of a valid token."""
        return self._one("device", {"token_sha256": token_sha256})

    def living(self, tokens_sha256: Collection[bytes]) -> set[bytes]:
        """Return which of these tokens, of sessions or of devices, live."""
        with self._open() as connection:
            rows = connection.execute(_SQL["living"], {"tokens": list(tokens_sha256)})
            return {bytes(token) for (token,) in rows}

    def _one(self, query: str, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        with self._open() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_SQL[query], parameters).fetchone()

    @contextmanager
    def _open(self) -> Iterator[psycopg.Connection[Any]]:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(f"SET LOCAL ROLE {ROLE}")
            yield connection
