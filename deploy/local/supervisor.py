"""Keeps the parts of an installation running: servers and our own processes, under one parent."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Never, Self

from deploy.errors import StackError
from deploy.local.console import say, step
from deploy.local.disk import shortage
from deploy.stack.broker import Broker
from deploy.stack.lock import FolderLock
from deploy.stack.process import Child
from deploy.stack.programs import server_programs
from deploy.stack.timescale import TimescaleServer
from schemas.connection import connect
from schemas.queries import queries

DATABASE = "virtaama"
WATCH_INTERVAL_S = 1.0
CHILD_STOP_TIMEOUT_S = 15.0
REVIVE_WAIT_MIN_S = 1.0
REVIVE_WAIT_MAX_S = 60.0
STEADY_S = 60.0
DISK_INTERVAL_S = 60.0

_SQL = queries("local")


class Supervisor:
    """The parts below one folder; use it as a context manager, which stops them in the end.

    The folder is made, and is this supervisor's alone: AlreadyRunning is raised if another works
    in it. What ends by itself is started again, at once at first and then with longer waits.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._roof = ExitStack()
        self._parts: list[_Part] = []

    def start_database(self) -> str:
        """Start a database server and return the URL of our database. Raises StackError."""
        with step("programs of database and broker"):
            server_programs()
        with step("database"):
            server = self._roof.enter_context(TimescaleServer(self._folder / "database"))
            with connect(server.url(), autocommit=True) as connection:
                found = connection.execute(_SQL["database_exists"]).fetchone()
                if found is not None and not found[0]:
                    connection.execute(_SQL["create_database"])
        self._keep_server("database", server)
        return server.url(DATABASE)

    def start_broker(self, broker: Broker) -> None:
        """Start a broker. Raises StackError."""
        self._roof.enter_context(broker)
        self._keep_server("broker", broker)

    def start_command(self, name: str, *arguments: str, environment: Mapping[str, str]) -> Child:
        """Start `virtaama NAME` with variables beside our own; its log is in the folder `logs`."""
        child = Child(
            name,
            [sys.executable, "-m", "deploy.cli", name, *arguments],
            log_dir=self._folder / "logs",
            env={**os.environ, **environment},
        )
        child.start()
        self._roof.callback(child.stop, timeout_s=CHILD_STOP_TIMEOUT_S)
        self._parts.append(_Part(name, lambda: child.running, child.start, child.log_tail))
        return child

    def watch(self) -> Never:
        """Start again what ends by itself, and tell when the disk fills; ends by an exception."""
        disk_next_s = 0.0
        while True:
            time.sleep(WATCH_INTERVAL_S)
            now_s = time.monotonic()
            for part in self._parts:
                part.look(now_s)
            if now_s >= disk_next_s:
                disk_next_s = now_s + DISK_INTERVAL_S
                if sentence := shortage(self._folder):
                    say(f"   {sentence}")

    def _keep_server(self, name: str, server: TimescaleServer | Broker) -> None:
        def start_again() -> None:
            server.kill()  # forgets the one that ended, and what it left
            server.start()

        self._parts.append(_Part(name, lambda: server.running, start_again))

    def __enter__(self) -> Self:
        lock = FolderLock(self._folder)
        lock.acquire()
        self._roof.callback(lock.release)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._roof.close()


@dataclass
class _Part:
    """One program, and how it is started again when it has ended."""

    name: str
    running: Callable[[], bool]
    start_again: Callable[[], None]
    log_tail: Callable[[], str] = str
    _wait_s: float = field(default=REVIVE_WAIT_MIN_S, init=False)
    _next_s: float = field(default=0.0, init=False)

    def look(self, now_s: float) -> None:
        """Start it again if it has ended and has waited long enough since the last time."""
        if now_s < self._next_s:
            return
        if self.running():
            if now_s - self._next_s > STEADY_S:
                self._wait_s = REVIVE_WAIT_MIN_S
            return
        say(f"   {self.name} has ended and is started again. {self.log_tail()}".rstrip())
        self._next_s = now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, REVIVE_WAIT_MAX_S)
        try:
            self.start_again()
        except StackError as error:
            say(f"   {self.name} did not start, and is tried again: {error}")
