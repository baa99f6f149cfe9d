"""Whether messages move: judged by what became safe, not by whether a process runs."""

from typing import NamedTuple


class Verdict(NamedTuple):
    """`sentence` says what is the matter, or that nothing is."""

    healthy: bool
    sentence: str


class Health:
    """Looks at the flow again and again; a message that waits must become safe within a bound.

    Safe is what is committed, in quarantine, or on the spool's disk.
    """

    def __init__(self, stall_limit_s: float, now_s: float) -> None:
        """Begin at `now_s`, seconds of a clock that never jumps."""
        self._stall_limit_s = stall_limit_s
        self._moved_s = now_s

    def judge(self, now_s: float, waiting: int, progress_s: float) -> Verdict:
        """Judge `waiting` messages, the last of which became safe at `progress_s`."""
        self._moved_s = now_s if not waiting else max(self._moved_s, progress_s)
        stalled_s = now_s - self._moved_s
        if stalled_s > self._stall_limit_s:
            return Verdict(
                False,
                f"stalled: {waiting} messages wait, and for {stalled_s:.0f} s none was committed "
                f"or spooled (limit {self._stall_limit_s:g} s)",
            )
        return Verdict(True, f"ok: {waiting} messages wait")
