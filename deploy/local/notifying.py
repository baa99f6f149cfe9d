"""How an installation on this machine calls people: a key for browsers, and a file to begin with.

Both are made at the first start and kept: browsers know the key, and the file is for its owner to
write on.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dashboard.auth.roles import Right, may
from dashboard.notification.push_keys import new_private, read_push_key
from deploy.local.secret_file import write_private
from deploy.stack.ports import LOOPBACK

COMMAND = "notify"
KEY, FILE = "push.pem", "notify.toml"


def answers_alarms(role: str) -> bool:
    """Tell whether somebody of a role may be called."""
    return may(role, Right.ANSWER_ALARMS)


def notifying_environment(
    folder: Path, site: str, port: int, fallback: Sequence[str]
) -> Mapping[str, str]:
    """Return the variables of notifier and dashboard. Raises OSError, PlanFileUnfit."""
    key, file = folder / KEY, folder / FILE
    if not key.exists():
        write_private(key, new_private()[0])
    if not file.exists():
        write_private(file, _first_file(site, port, fallback))
    return {
        "VIRTAAMA_NOTIFICATION_FILE": str(file),
        "VIRTAAMA_PUSH_KEY_FILE": str(key),
        "VIRTAAMA_DASHBOARD_PUSH_KEY": read_push_key(key).public,
    }


def _first_file(site: str, port: int, fallback: Sequence[str]) -> str:
    """Return a file by which browsers are told; channels are for the plant to add."""
    logins = ", ".join(f'"{login}"' for login in fallback)
    return (
        "# Who is called to alarms, and how: docs/notification.md says what more can stand here.\n"
        '# Who presses a button under "Notices on a device" is told in that browser already.\n'
        f'site = "{site}"\n'
        f'address = "http://{LOOPBACK}:{port}"\n'
        f"fallback = [{logins}]\n\n"
        "[priorities.high]\nescalate_after_min = 10\n\n"
        "[priorities.medium]\nescalate_after_min = 60\n"
    )
