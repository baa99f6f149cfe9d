"""A server program of ours that owns a folder: locked, started, stopped, and killed."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from deploy.stack.lock import FolderLock
from deploy.stack.ports import free_port
from deploy.stack.process import Child
from deploy.stack.programs import Programs, server_programs

STOP_TIMEOUT_S = 30.0


class Server(ABC):
    """What a broker and a database have in common; use it as a context manager.

    Args:
        data_dir: Folder of all that it keeps, and of the lock.
        port: Port to listen on; a free one if None.
    """

    def __init__(self, data_dir: Path, port: int | None) -> None:
        self.data_dir = data_dir.absolute()
        self._port = port
        self._lock = FolderLock(self.data_dir)
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """The port it listens on; stays the same when it is started again."""
        if self._port is None:
            self._port = free_port()
        return self._port

    @property
    def running(self) -> bool:
        """Whether the server runs."""
        return self._child is not None and self._child.running

    def start(self) -> None:
        """Start the server and return when it takes connections.

        Raises AlreadyRunning, PortTaken, StartFailed, or FetchError on a machine without apt.
        """
        programs = server_programs()
        self._lock.acquire()
        try:
            self._start(programs)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End the server as a crash would: what it has not written yet is lost."""
        if self._child is not None:
            self._child.kill()
        self._forget()

    @abstractmethod
    def stop(self) -> None:
        """Stop the server in order."""

    @abstractmethod
    def _start(self, programs: Programs) -> None:
        """Start the child and wait until it takes connections; the folder is ours."""

    def _stop_by(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.stop(number, timeout_s=STOP_TIMEOUT_S)
        self._forget()

    def _forget(self) -> None:
        self._child = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
