"""Accounts and device tokens, as whoever runs the installation makes and closes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from dashboard.auth import passwords, sessions, totp
from dashboard.auth.errors import SecondFactorUnreadable
from dashboard.auth.oidc_issuer import SUBJECT_MAX_CHARACTERS
from dashboard.auth.totp_keys import TotpKeys
from deploy.errors import AccountError
from deploy.site_rights import ONLY_SITE, Holder, Sites, first_sites, give
from schemas.connection import connect
from schemas.queries import queries

_SQL = queries("account")


@dataclass(frozen=True)
class NewAccount:
    """Who shall be let in; `company` is for company members and nobody else, `sites` for others."""

    login: str
    name: str
    role: str
    company: str | None = None
    sites: Sites = ONLY_SITE


@dataclass(frozen=True)
class AccountLine:
    """An account as a list shows it."""

    login: str
    name: str
    role: str
    company: str
    sites: str
    state: str
    second_factor: bool
    linked: bool
    last_seen: datetime | None


@dataclass(frozen=True)
class DeviceLine:
    """A device token as a list shows it."""

    name: str
    role: str
    sites: str
    expires: str
    state: str


def add_account(dsn: str, new: NewAccount) -> str:
    """Make an account and return its first password, which is not kept. Raises AccountError."""
    password = passwords.first_password()
    login = new.login.strip().lower()
    parameters = {
        "login": login,
        "name": new.name,
        "role": new.role,
        "company": new.company,
        "hash": passwords.hash_password(password),
    }
    with _asked(f"the account {login}", dsn) as connection:
        _check_company(connection, new)
        sites = _first_sites(connection, new)
        connection.execute(_SQL["add_account"], parameters)
        give(connection, Holder.ACCOUNT, login, sites)
        _log(connection, login, "account_added")
    return password


def accounts(dsn: str) -> list[AccountLine]:
    """Return all accounts."""
    with connect(dsn) as connection:
        cursor = connection.cursor(row_factory=class_row(AccountLine))
        return cursor.execute(_SQL["list_accounts"]).fetchall()


def disable(dsn: str, login: str) -> None:
    """Close an account; its sessions are dead at once. Raises AccountError if there is none."""
    with _asked(f"the account {login}", dsn) as connection:
        _change(connection, "disable_account", login)
        connection.execute(_SQL["revoke_sessions"], {"login": login})
        _log(connection, login, "account_disabled")


def reset_password(dsn: str, login: str) -> str:
    """Give an account a new first password and return it; it is open again, its sessions end.

    Raises AccountError if there is no such account.
    """
    password = passwords.first_password()
    with _asked(f"the account {login}", dsn) as connection:
        _change(connection, "reset_password", login, hash=passwords.hash_password(password))
        connection.execute(_SQL["revoke_sessions"], {"login": login})
        _log(connection, login, "password_reset")
    return password


def enrol_totp(dsn: str, login: str, keys: TotpKeys) -> str:
    """Give an account a new second factor and return its otpauth:// address.

    Raises AccountError if there is no such account, NoTotpKey without a key to keep it with.
    """
    secret = totp.new_secret()
    stored = keys.encrypt(secret)
    with _asked(f"the account {login}", dsn) as connection:
        _change(connection, "set_totp", login, secret=stored)
        _log(connection, login, "second_factor_set")
    return totp.enrolment_url(secret, login)


def remove_totp(dsn: str, login: str) -> None:
    """Take the second factor from an account. Raises AccountError if there is no such account."""
    with _asked(f"the account {login}", dsn) as connection:
        _change(connection, "set_totp", login, secret=None)
        _log(connection, login, "second_factor_removed")


@dataclass(frozen=True)
class Encrypted:
    """What became of all second factors: how many are encrypted anew, and whose cannot be read."""

    renewed: int
    unreadable: tuple[str, ...]


def encrypt_totp(dsn: str, keys: TotpKeys) -> Encrypted:
    """Encrypt every second factor with the first of the keys, plain ones included.

    Those that none of the keys reads stay as they are. Raises NoTotpKey.
    """
    renewed, unreadable = 0, []
    with connect(dsn) as connection:
        for login, stored in connection.execute(_SQL["totp_secrets"]).fetchall():
            try:
                changed = {"login": login, "secret": keys.renew(stored)}
            except SecondFactorUnreadable:
                unreadable.append(login)
            else:
                connection.execute(_SQL["renew_totp"], changed)
                renewed += 1
    return Encrypted(renewed, tuple(unreadable))


def link_oidc(dsn: str, login: str, issuer: str, subject: str) -> None:
    """Say which subject of an OpenID Connect provider an account is; its sessions end.

    Raises AccountError if there is no such account, or the subject is another's.
    """
    if not 0 < len(subject) <= SUBJECT_MAX_CHARACTERS or not subject.isprintable():
        raise AccountError(f"A subject has 1 to {SUBJECT_MAX_CHARACTERS} printable characters.")
    with _asked(f"an account with the subject {subject}", dsn) as connection:
        _link(connection, login, "oidc_linked", issuer, subject)


def unlink_oidc(dsn: str, login: str) -> None:
    """Take the link to a provider from an account; its sessions end. Raises AccountError."""
    with _asked(f"the account {login}", dsn) as connection:
        _link(connection, login, "oidc_unlinked", None, None)


def add_device(dsn: str, name: str, role: str, days: int, sites: Sites = ONLY_SITE) -> str:
    """Make a token for a wall screen and return it; only its hash is kept. Raises AccountError."""
    token = sessions.new_token()
    with _asked(f"the device {name}", dsn) as connection:
        given = first_sites(connection, sites)
        connection.execute(
            _SQL["add_device"],
            {
                "name": name,
                "role": role,
                "days": days,
                "token_sha256": sessions.token_hash(token),
            },
        )
        give(connection, Holder.DEVICE, name, given)
        connection.execute(_SQL["log_device"], {"name": name, "action": "device_added"})
    return token


def devices(dsn: str) -> list[DeviceLine]:
    """Return all device tokens."""
    with connect(dsn) as connection:
        cursor = connection.cursor(row_factory=class_row(DeviceLine))
        return cursor.execute(_SQL["list_devices"]).fetchall()


def revoke_device(dsn: str, name: str) -> None:
    """End a device token. Raises AccountError if there is none of that name."""
    with _asked(f"the device {name}", dsn) as connection:
        if connection.execute(_SQL["revoke_device"], {"name": name}).rowcount == 0:
            raise AccountError(
                f"There is no device {name}; `virtaama device-token list` tells all."
            )
        connection.execute(_SQL["log_device"], {"name": name, "action": "device_revoked"})


def _change(connection: psycopg.Connection[Any], query: str, login: str, **values: object) -> None:
    if connection.execute(_SQL[query], {"login": login, **values}).rowcount == 0:
        raise AccountError(f"There is no account {login}; `virtaama account list` tells all.")


def _link(
    connection: psycopg.Connection[Any],
    login: str,
    action: str,
    issuer: str | None,
    subject: str | None,
) -> None:
    _change(connection, "link_oidc", login, issuer=issuer, subject=subject)
    connection.execute(_SQL["revoke_sessions"], {"login": login})
    _log(connection, login, action)


def _check_company(connection: psycopg.Connection[Any], new: NewAccount) -> None:
    if (new.role == "company_member") != (new.company is not None):
        raise AccountError("A company member needs --company, and nobody else has one.")
    if new.company is None:
        return
    row = connection.execute(_SQL["company_exists"], {"company": new.company}).fetchone()
    if row is not None and not row[0]:
        keys = [key for (key,) in connection.execute(_SQL["company_keys"])]
        known = ", ".join(keys) or "none; load a site file that names it"
        raise AccountError(f"There is no company {new.company}; there are: {known}.")


def _first_sites(connection: psycopg.Connection[Any], new: NewAccount) -> Sites:
    """Return for which sites an account is: a company's follow from its trials."""
    if new.role == "company_member":
        if new.sites != ONLY_SITE:
            raise AccountError("A company member sees its trials, and needs no site.")
        return new.sites
    return first_sites(connection, new.sites)


def _log(connection: psycopg.Connection[Any], login: str, action: str) -> None:
    connection.execute(_SQL["log_account"], {"login": login, "action": action})


@contextmanager
def _asked(what: str, dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a transaction in which a refused row becomes a sentence."""
    try:
        with connect(dsn) as connection:
            yield connection
    except psycopg.errors.UniqueViolation as error:
        raise AccountError(f"There is {what} already.") from error
    except psycopg.errors.CheckViolation as error:
        raise AccountError(
            f"Cannot make {what}: a login has 2 to 120 of a-z, 0-9 and . _ @ + -, "
            "a name 1 to 120 characters."
        ) from error
