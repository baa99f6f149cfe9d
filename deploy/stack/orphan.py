"""Ends what a killed owner left behind in a data folder.

A process counts as ours when it works in the folder and runs one of the given programs. The caller
must hold the folder's lock: then no living owner exists, and whatever still works there is an
orphan.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

POLL_INTERVAL_S = 0.05


def end_orphans(
    folder: Path, programs: set[str], *, polite: signal.Signals, timeout_s: float
) -> int:
    """End every process of `programs` that works in `folder`; return how many there were.

    They get `polite` first and SIGKILL after `timeout_s`.
    """
    found = _working_in(folder, programs)
    _signal(found, folder, programs, polite)
    # A stopped process would never see the polite signal.
    _signal(found, folder, programs, signal.SIGCONT)
    if not _gone(folder, programs, timeout_s):
        _signal(_working_in(folder, programs), folder, programs, signal.SIGKILL)
        _gone(folder, programs, timeout_s)
    return len(found)


def wait_for_end(pid: int, *, timeout_s: float) -> bool:
    """Wait until nothing has the number `pid`; return whether that came within `timeout_s`.

    A process that ends keeps its number until its parent, or init, has asked for its exit code.
    """
    deadline = time.monotonic() + timeout_s
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_INTERVAL_S)
    return True


def _working_in(folder: Path, programs: set[str]) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _is_ours(pid, folder, programs)]


def _is_ours(pid: int, folder: Path, programs: set[str]) -> bool:
    try:
        works_in = Path(f"/proc/{pid}/cwd").readlink()
        program = Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)")
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return False
    return works_in == folder.resolve() and program in programs


def _signal(pids: list[int], folder: Path, programs: set[str], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                # The number may have been given to another process since we looked.
                if _is_ours(pid, folder, programs):
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)


def _gone(folder: Path, programs: set[str], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while _working_in(folder, programs):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_INTERVAL_S)
    return True
