"""One child process: started with its own log, waited for, stopped, and never left behind."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from deploy.errors import StartFailed
from deploy.stack.user import as_server, tethered

POLL_INTERVAL_S = 0.02
LOG_TAIL_LINES = 15
LOG_TAIL_BYTES_MAX = 16_384


class Child:
    """A program that this process starts and ends.

    It runs in a session of its own, so Ctrl-C reaches only the parent, which then stops its
    children in order. When the parent is killed the kernel sends `death_signal` to the child. The
    kernel means the parent's *thread*: start children from a thread that lives as long as they.

    Args:
        name: What people call the program; used in messages and for the log file's name.
        command: Program and arguments.
        log_dir: Folder of `<name>.log`; the log of the run before becomes `<name>.log.1`.
        env: The whole environment of the child; that of the parent if None.
        cwd: The child's working directory.
        stop_signal: What a polite stop sends.
        death_signal: What the kernel sends when the parent dies.
        server: Run as the servers' ordinary user when the parent is root.
    """

    def __init__(  # noqa: PLR0913 - all but the first two are options with a name
        self,
        name: str,
        command: list[str],
        *,
        log_dir: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGTERM,
        server: bool = False,
    ) -> None:
        self.name = name
        self.log_path = log_dir / f"{name}.log"
        self.stop_signal = stop_signal
        wrap = as_server if server else tethered
        self._command = wrap(command, dies_with_parent_by=death_signal)
        self._env = None if env is None else dict(env)
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the program has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The code it ended with (negative: the signal), or None."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the program; returns at once."""
        assert not self.running, f"{self.name} runs already"
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self.log_path.replace(self.log_path.with_name(f"{self.log_path.name}.1"))
        with self.log_path.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._env,
                    cwd=self._cwd,
                    start_new_session=True,
                )
            except OSError as error:
                raise StartFailed(f"{self.name} cannot be started: {error}.") from error

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Return when `ready()` is true; raise StartFailed if the program ends or time is up."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                raise StartFailed(self._story(f"ended with code {self.exit_code} while starting"))
            if time.monotonic() > deadline:
                raise StartFailed(self._story(f"was not ready within {timeout_s:g} s"))
            time.sleep(POLL_INTERVAL_S)

    def wait(self, *, timeout_s: float) -> bool:
        """Wait for the end; return whether it came within `timeout_s`."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def send(self, number: signal.Signals) -> None:
        """Send a signal; does nothing when the program has ended."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, number: signal.Signals | None = None, *, timeout_s: float = 10.0) -> None:
        """Stop politely, and kill what has not ended after `timeout_s`."""
        self.send(number or self.stop_signal)
        if not self.wait(timeout_s=timeout_s):
            self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def log_tail(self) -> str:
        """Return the last lines the program wrote."""
        try:
            with self.log_path.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, size - LOG_TAIL_BYTES_MAX))
                lines = log.read().decode(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-LOG_TAIL_LINES:])

    def _story(self, what: str) -> str:
        return f"{self.name} {what}. The end of {self.log_path}:\n{self.log_tail()}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
