"""Changing the password of one's own account: as hard to guess at as signing in."""

from dataclasses import dataclass, field

from dashboard.auth import passwords, sessions
from dashboard.auth.auth_store import AuthStore
from dashboard.auth.errors import PasswordUnfit, SessionEnded
from dashboard.auth.password_login import Failure, SignInLimits

WAY = "password"


@dataclass(frozen=True)
class Change:
    """What a signed-in person gives: the session's token, the old password and the new one."""

    token: str = field(repr=False)
    old: str = field(repr=False)
    new: str = field(repr=False)
    client: str = ""


def change_password(
    auth_store: AuthStore, change: Change, limits: SignInLimits | None = None
) -> None:
    """Change the password of a living session's account; its other sessions end.

    A wrong old password counts as a failed sign-in: some in a row lock the account, and a locked
    account costs no hash. Raises SessionEnded, SignInRefused, PasswordUnfit, SignInPaused.
    """
    session = sessions.look_up(auth_store, change.token)
    found = None if session is None else auth_store.credentials(session.login)
    if session is None or found is None:
        raise SessionEnded
    if not found.open or not passwords.matches(change.old, found.password_hash):
        failure = Failure(found.account_id, change.client, WAY)
        (limits or SignInLimits()).refuse(auth_store, failure)
    passwords.check_fit(change.new, session.login)
    if change.old == change.new:
        raise PasswordUnfit("The new password is the old one; choose another.")
    hashed = passwords.hash_password(change.new)
    if not auth_store.change_password(sessions.token_hash(change.token), hashed, change.client):
        raise SessionEnded
