"""Mosquitto's password file: one line an account, with a salted PBKDF2-SHA512 hash."""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

PASSWORD_BYTES = 24
SALT_BYTES = 12
HASH_BYTES = 64
# A password is 192 random bits, which nobody guesses however fast a guess is. Mosquitto hashes only
# for accounts that exist: with 10 000 rounds the time of its answer told which do.
ROUNDS = 1


@dataclass(frozen=True)
class Passwords:
    """A password file, and the passwords that are new in it: to be shown once, kept nowhere."""

    text: str
    fresh: Mapping[str, str]


def passwords(
    existing: str,
    accounts: Iterable[str],
    renew: Iterable[str] = (),
    same: Mapping[str, str] = MappingProxyType({}),
) -> Passwords:
    """Return a file for `accounts`, with the lines that exist kept, except for those to renew.

    An account that is not named any more is left out: it cannot connect after a reload. `same` are
    further accounts, each with whose password it has.
    """
    kept = dict(line.split(":", 1) for line in existing.splitlines() if ":" in line)
    for account in renew:
        kept.pop(account, None)
    wanted = sorted(set(accounts))
    fresh = {
        account: secrets.token_urlsafe(PASSWORD_BYTES) for account in wanted if account not in kept
    }
    lines = [
        f"{account}:{kept[account] if account in kept else hash_password(fresh[account])}"
        for account in wanted
    ]
    hashes = dict(line.split(":", 1) for line in lines)
    lines = sorted([*lines, *(f"{account}:{hashes[other]}" for account, other in same.items())])
    return Passwords("".join(f"{line}\n" for line in lines), fresh)


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return `$7$rounds$salt$hash`, as Mosquitto 2.0 and newer read it."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    found = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, HASH_BYTES)
    return f"$7${ROUNDS}${_text(salt)}${_text(found)}"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
