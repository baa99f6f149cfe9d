"""The first account of a plant: made once, with a password that is good for one sign-in."""

from deploy.accounts import NewAccount, accounts, add_account, reset_password
from deploy.site_rights import EVERY_SITE

ROLE = "administrator"


def provide_first_account(dsn: str, login: str) -> str | None:
    """Return a one-time password of `login` while nobody has ever signed in, else None.

    Makes the account if there is none at all. The password of an earlier start, which nobody has
    used, is replaced: it may have been lost. Raises AccountError, psycopg.Error.
    """
    there = accounts(dsn)
    if not there:
        return add_account(dsn, NewAccount(login, "Administrator", ROLE, sites=EVERY_SITE))
    unused = all(line.last_seen is None and line.state == "first password" for line in there)
    if unused and login in {line.login for line in there}:
        return reset_password(dsn, login)
    return None
