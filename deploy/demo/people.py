"""The demonstration's accounts: made at its first start, with passwords of its own."""

from dataclasses import dataclass
from pathlib import Path

from deploy.accounts import NewAccount, accounts, add_account, reset_password
from deploy.local.secret_file import read_secrets, write_secrets
from deploy.site_rights import EVERY_SITE
from schemas.connection import connect
from schemas.queries import queries

PEOPLE = (
    NewAccount("operator", "Olli Operaattori", "operator", sites=EVERY_SITE),
    NewAccount("engineer", "Iina Insinööri", "engineer", sites=EVERY_SITE),
    NewAccount("ozone", "Otto Otsoni", "company_member", "ozone"),
)

_SQL = queries("demo")


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in at the demonstration."""

    login: str
    role: str
    password: str


def provide_people(dsn: str, folder: Path) -> list[Person]:
    """Return the accounts with their passwords, making what is missing.

    The passwords stand in a file that only its owner can read; they were never anybody else's, so
    that nobody needs to change them first. An account whose password is lost gets a new one.
    """
    file = folder / "passwords.json"
    known = read_secrets(file)
    there = {line.login for line in accounts(dsn)}
    for new in PEOPLE:
        if new.login not in there:
            known[new.login] = add_account(dsn, new)
        elif new.login not in known:
            known[new.login] = reset_password(dsn, new.login)
    write_secrets(file, known)
    with connect(dsn) as connection:
        logins = [new.login for new in PEOPLE]
        connection.execute(_SQL["keep_first_passwords"], {"logins": logins})
    return [Person(new.login, new.role, known[new.login]) for new in PEOPLE]
