"""Sessions and device tokens: random, known to the database by their hash only."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from dashboard.auth.auth_store import AuthStore

TOKEN_BYTES = 32


@dataclass(frozen=True)
class Session:
    """A living session and whose it is; `expires_at` moves on while the session is used."""

    session_id: int
    account_id: int
    login: str
    display_name: str
    role: str
    company: str | None
    must_change_password: bool
    expires_at: datetime

    @property
    def viewer(self) -> str:
        """What `virtaama.viewer` is set to."""
        return f"account:{self.account_id}"


@dataclass(frozen=True)
class Device:
    """A wall screen; its role, control_room or lobby, only reads."""

    device_id: int
    name: str
    role: str

    @property
    def viewer(self) -> str:
        """What `virtaama.viewer` is set to."""
        return f"device:{self.device_id}"


def new_token() -> str:
    """Return a random token of 256 bits that fits into a cookie and a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return the SHA-256 of a token, 32 bytes: all that is ever stored of it."""
    return hashlib.sha256(token.encode()).digest()


def look_up(auth_store: AuthStore, token: str, *, used: bool = True) -> Session | None:
    """Return the living session of a token; None if it expired, was revoked or never was.

    `used` tells that a person did something; what a page asks by itself does not let it live on.

    A session is also dead when its account was disabled, or when it rested longer than it may.
    While `must_change_password` the viewer sees nothing: only the change of the password helps.
    """
    row = auth_store.session(token_hash(token), used=used)
    return None if row is None else Session(**row)


def look_up_device(auth_store: AuthStore, token: str) -> Device | None:
    """Return the device of a token; None if the token expired, was revoked or never was."""
    row = auth_store.device(token_hash(token))
    return None if row is None else Device(**row)


def end(auth_store: AuthStore, token: str, client: str) -> None:
    """Sign out: the token is worthless from now on."""
    auth_store.close_session(token_hash(token), client)
