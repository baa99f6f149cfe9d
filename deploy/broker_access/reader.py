"""The account that the broker reads its files as, after it has dropped root's rights."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import BrokerAccessError

USUAL = "mosquitto"  # the account that packages make for it


@dataclass(frozen=True)
class BrokerAccount:
    """An account of this machine, by name and numbers."""

    name: str
    uid: int
    gid: int

    def give(self, path: Path) -> None:
        """Make a file the account's own. Raises OSError."""
        os.chown(path, self.uid, self.gid)

    def check(self, path: Path) -> None:
        """Raise BrokerAccessError if the account cannot read a file; the way to it counts too."""
        with self._acting():
            try:
                path.open("rb").close()
            except OSError as error:
                raise BrokerAccessError(
                    f"The broker's account {self.name} cannot read {path}: {error.strerror}. "
                    "Choose a folder that it may enter, or open the folders on the way to it."
                ) from None

    @contextmanager
    def _acting(self) -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        groups = os.getgroups()
        os.setgroups([])
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(os.getgid())
            os.setgroups(groups)


def reader(name: str | None, existing: Path) -> BrokerAccount:
    """Return the account that reads the files: the named one, or the one that must be meant.

    Without a name it is whoever runs this; for root, who only writes the files, the owner of
    `existing`, the file of an earlier run, or else the account USUAL. Raises BrokerAccessError.
    """
    if name is not None:
        return _named(name)
    if os.geteuid() != 0:
        return _numbered(os.geteuid())
    if existing.exists() and (owner := existing.stat().st_uid) != 0:
        return _numbered(owner)
    try:
        return _named(USUAL)
    except BrokerAccessError:
        raise BrokerAccessError(
            "Files that root writes are for root alone, and the broker has given up root's rights "
            f"when it reads them. There is no account {USUAL} here: say with --broker-user as whom "
            "the broker runs."
        ) from None


def _named(name: str) -> BrokerAccount:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise BrokerAccessError(f"There is no account {name} on this machine.") from None
    if os.geteuid() not in {0, found.pw_uid}:
        raise BrokerAccessError(
            f"Only root can give files to {name}; run the command as root or as {name}."
        )
    return BrokerAccount(name, found.pw_uid, found.pw_gid)


def _numbered(uid: int) -> BrokerAccount:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:  # containers run as numbers without a name
        return BrokerAccount(str(uid), uid, os.getegid())
    return BrokerAccount(found.pw_name, uid, found.pw_gid)
