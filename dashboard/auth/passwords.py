"""Passwords: hashed with argon2id, checked in equal time, and made where a first one is needed."""

import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from dashboard.auth.errors import PasswordUnfit, SignInPaused

PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 200
DISTINCT_MIN_CHARACTERS = 6
GUESSES_MIN = 10**8  # what zxcvbn calls safe from whoever guesses without the hash
ESTIMATED_MAX_CHARACTERS = 72  # of more zxcvbn knows no end
# argon2id as OWASP advises for a server that does other work too: 19 MiB, two passes, one thread.
HASH_MEMORY_KIB = 19 * 1024
HASH_PASSES = 2
HASHES_AT_ONCE_MAX = 2
HASH_WAIT_MAX_S = 5.0
# Without letters and digits that look alike, because a first password is typed from paper.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher(time_cost=HASH_PASSES, memory_cost=HASH_MEMORY_KIB, parallelism=1)
_hashing = BoundedSemaphore(HASHES_AT_ONCE_MAX)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password. Raises SignInPaused if too many wait."""
    with _turn():
        return _hasher.hash(_normal(password))


def matches(password: str, stored: str | None) -> bool:
    """Tell whether a password fits a stored hash; takes as long without one (None).

    Raises SignInPaused if too many wait for their turn.
    """
    nobodys = _nobodys_hash()
    with _turn():
        try:
            _hasher.verify(stored or nobodys, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


def check_fit(password: str, login: str) -> None:
    """Raise PasswordUnfit, with a sentence, if this shall not be the password of an account."""
    if not PASSWORD_MIN_CHARACTERS <= len(password) <= PASSWORD_MAX_CHARACTERS:
        raise PasswordUnfit(
            f"A password has {PASSWORD_MIN_CHARACTERS} to {PASSWORD_MAX_CHARACTERS} characters."
        )
    if len(set(password)) < DISTINCT_MIN_CHARACTERS:
        raise PasswordUnfit(f"Use at least {DISTINCT_MIN_CHARACTERS} different characters.")
    if login.split("@", maxsplit=1)[0] in password.lower():
        raise PasswordUnfit("The password contains your name; choose another.")
    if is_common(password, login):
        raise PasswordUnfit("This password, or one like it, is among the first to be tried.")


def is_common(password: str, login: str) -> bool:
    """Tell whether a password is built of what lists of passwords, names and words hold."""
    guesses = zxcvbn(password[:ESTIMATED_MAX_CHARACTERS], user_inputs=[login, "virtaama"])
    return bool(guesses["guesses"] < GUESSES_MIN)


def first_password() -> str:
    """Return a random password of 80 bits, to be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def _normal(password: str) -> str:
    """Return the same text for the same keys, however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password[:PASSWORD_MAX_CHARACTERS])


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


@contextmanager
def _turn() -> Iterator[None]:
    if not _hashing.acquire(timeout=HASH_WAIT_MAX_S):
        raise SignInPaused(HASH_WAIT_MAX_S)
    try:
        yield
    finally:
        _hashing.release()
