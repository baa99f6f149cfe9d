"""The ordinary user a server runs as.

PostgreSQL refuses to run as root, and no server should. A process of root therefore starts its
servers as `nobody`; anyone else starts them as themselves.
"""

import os
import pwd
import shutil
import signal
from pathlib import Path

_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


def running_as_root() -> bool:
    """Tell whether this process must drop to an ordinary user before it starts a server."""
    return os.geteuid() == 0


def give_to_server(folder: Path) -> None:
    """Make `folder` and everything in it belong to the user that the servers run as."""
    if not running_as_root():
        return
    user = pwd.getpwnam("nobody")
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def as_server(command: list[str], *, dies_with_parent_by: signal.Signals) -> list[str]:
    """Return `command` prefixed so that it runs as the servers' user and dies with its parent."""
    return [*_tether(dies_with_parent_by, _drop_root()), *command]


def tethered(command: list[str], *, dies_with_parent_by: signal.Signals) -> list[str]:
    """Return `command` prefixed so that the kernel signals it when its parent dies.

    Without `setpriv`, which only Linux has, the command is returned as it is.
    """
    if shutil.which("setpriv") is None:
        return command
    return [*_tether(dies_with_parent_by, []), *command]


def _tether(by: signal.Signals, options: list[str]) -> list[str]:
    # A hook between fork and exec would do the same, but is not safe in a threaded parent. The
    # shell ends at once if the parent died before the kernel knew that it should tell.
    script = '[ "$PPID" = "$0" ] && exec "$@"'
    return ["setpriv", "--pdeathsig", by.name, *options, "--", "sh", "-c", script, str(os.getpid())]


def _drop_root() -> list[str]:
    if not running_as_root():
        return []
    user = pwd.getpwnam("nobody")
    drop = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    capability = _capability_to_pass_folders()
    if capability is not None:
        only = f"-all,+{capability}"
        drop += [f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"]
        # initdb asks access(2), which would otherwise ignore the capability.
        drop += ["--securebits=+no_setuid_fixup"]
    return drop


def _capability_to_pass_folders() -> str | None:
    # The cache and the data usually lie below /root, which nobody may enter: one narrow capability
    # lets the server pass. Containers often withhold the narrower of the two.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    held = int(line.split()[1], 16)
    if held >> _CAP_DAC_READ_SEARCH & 1:
        return "dac_read_search"
    if held >> _CAP_DAC_OVERRIDE & 1:
        return "dac_override"
    return None
