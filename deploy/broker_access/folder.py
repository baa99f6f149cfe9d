"""The folder that a broker reads its passwords, topic rules and certificates from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.broker_access.authority import certificates
from deploy.broker_access.password_file import passwords
from deploy.broker_access.reader import BrokerAccount
from deploy.broker_access.topic_rules import Rules, acl_text, rules_of_sites
from deploy.errors import BrokerAccessError
from schemas.site.model import Site

PASSWORDS = "passwords"
ACL = "acl"
AUTHORITY = "authority.pem"
CERTIFICATE = "broker.pem"
KEY = "broker.key"
SECRET_MODE = 0o600
PUBLIC_MODE = 0o644
FOLDER_MODE = 0o755  # the secrets in it have modes of their own


@dataclass(frozen=True)
class Wanted:
    """Rules for `site` and `other_sites` as they are at `now`, and for `further` accounts.

    Certificates are made for the names or addresses in `hosts`, if there are any; accounts in
    `renew` get a new password. The files become the `reader`'s, or whoever writes them keeps them.
    """

    site: Site
    now: datetime
    hosts: Sequence[str] = ()
    renew: Sequence[str] = ()
    further: Sequence[Rules] = ()
    reader: BrokerAccount | None = None
    other_sites: Sequence[Site] = ()


@dataclass(frozen=True)
class Written:
    """What was written: the rules, and the new passwords, which are in no file."""

    rules: Sequence[Rules]
    fresh: Mapping[str, str]
    new_certificates: bool


def write_folder(folder: Path, wanted: Wanted) -> Written:
    """Write everything; safe to repeat.

    Passwords and certificates that are there stay, so that nobody has to be told anew.
    Raises BrokerAccessError.
    """
    sites = [wanted.site, *wanted.other_sites]
    rules = [*rules_of_sites(sites, wanted.now), *wanted.further]
    accounts = [one.account for one in rules if not one.password_of]
    same = {one.account: one.password_of for one in rules if one.password_of}
    if unknown := sorted(set(wanted.renew) - set(accounts)):
        raise BrokerAccessError(
            f"There is no account {', '.join(unknown)}; there are: {', '.join(accounts)}."
        )
    acl = acl_text(rules)
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(FOLDER_MODE)
        existing = folder / PASSWORDS
        known = existing.read_text(encoding="utf-8") if existing.exists() else ""
        found = passwords(known, accounts, wanted.renew, same)
        _write(existing, found.text.encode(), SECRET_MODE, wanted.reader)
        _write(folder / ACL, acl.encode(), SECRET_MODE, wanted.reader)
        new = bool(wanted.hosts) and not (folder / KEY).exists()
        if new:
            made = certificates(list(wanted.hosts), wanted.now)
            _write(folder / AUTHORITY, made.authority, PUBLIC_MODE, wanted.reader)
            _write(folder / CERTIFICATE, made.server, PUBLIC_MODE, wanted.reader)
            _write(folder / KEY, made.server_key, SECRET_MODE, wanted.reader)
    except OSError as error:
        raise BrokerAccessError(f"{folder} cannot be written: {error}") from error
    if wanted.reader is not None:
        for name in (PASSWORDS, ACL, *((CERTIFICATE, KEY) if (folder / KEY).exists() else ())):
            wanted.reader.check(folder / name)
    return Written(rules, found.fresh, new)


def mosquitto_settings(folder: Path) -> str:
    """Return the lines of mosquitto.conf that use the folder; the listener goes before them."""
    lines = [
        "allow_anonymous false",
        f"password_file {folder / PASSWORDS}",
        f"acl_file {folder / ACL}",
        # Otherwise whoever connects with another's client id takes over its session and queue.
        "use_username_as_clientid true",
    ]
    if (folder / KEY).exists():
        lines += [
            f"certfile {folder / CERTIFICATE}",
            f"keyfile {folder / KEY}",
            "tls_version tlsv1.2",
        ]
    return "\n".join(lines) + "\n"


def _write(path: Path, data: bytes, mode: int, reader: BrokerAccount | None) -> None:
    """Replace a file as a whole: a broker that reloads meanwhile sees the old or the new one."""
    fresh = path.with_name(f"{path.name}.partial")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=mode, exist_ok=False)
    fresh.chmod(mode)
    fresh.write_bytes(data)
    if reader is not None:
        reader.give(fresh)
    fresh.replace(path)
