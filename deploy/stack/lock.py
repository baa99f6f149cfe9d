"""One owner for a folder, for as long as the owner lives.

The lock is an advisory lock of the kernel: it disappears with its process, however that ends, so
there is no stale lock to clean up.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.errors import AlreadyRunning


class FolderLock:
    """Exclusive ownership of a folder, kept in a file named `lock` inside it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool = False) -> None:
        """Take the lock; raise AlreadyRunning if another owner lives and `wait` is false."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(descriptor, 32, 0).decode() or "unknown"
            os.close(descriptor)
            raise AlreadyRunning(
                f"{self._path.parent} is in use by process {owner}. Stop that one first, or give "
                "this one a folder of its own."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the folder free; does nothing when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire(wait=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
