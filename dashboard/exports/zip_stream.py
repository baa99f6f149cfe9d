"""A zip that is written while it is made, with a checksum of each file in it."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Protocol

CHECKSUMS = "SHA256SUMS"
COMPRESSION_LEVEL = 3


class Sink(Protocol):
    """Takes bytes; needs no position, so an HTTP answer will do."""

    def write(self, data: bytes, /) -> int | None: ...  # noqa: D102
    def flush(self) -> None: ...  # noqa: D102


class Member:
    """A file of the archive that is being written; knows its size and checksum so far."""

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._size_bytes = 0

    def write(self, data: bytes) -> int:
        """Write some bytes."""
        self._stream.write(data)
        self._hash.update(data)
        self._size_bytes += memoryview(data).nbytes
        return memoryview(data).nbytes

    def tell(self) -> int:
        """Return how much was written."""
        return self._size_bytes

    def flush(self) -> None:
        """Do nothing: what was written is on its way."""

    def close(self) -> None:
        """Do nothing: the archive ends its members."""

    @property
    def sha256(self) -> str:
        """The checksum of what was written, in hexadecimal."""
        return self._hash.hexdigest()


class Archive:
    """Writes a zip into a sink. Use `archive` to open one."""

    def __init__(self, file: zipfile.ZipFile, now: datetime) -> None:
        self._file = file
        self._stamp = now.timetuple()[:6]
        self._sums: dict[str, str] = {}

    @contextmanager
    def member(self, name: str, *, compress: bool = True) -> Iterator[Member]:
        """Open the next file; only one at a time."""
        entry = zipfile.ZipInfo(name, self._stamp)
        entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        entry.external_attr = 0o644 << 16
        with self._file.open(entry, "w", force_zip64=True) as stream:
            member = Member(stream)
            yield member
        self._sums[name] = member.sha256

    def add(self, name: str, data: bytes) -> None:
        """Write a small file as a whole."""
        with self.member(name) as member:
            member.write(data)

    def add_checksums(self) -> None:
        """Write the checksums of all files so far, as `sha256sum --check` reads them."""
        lines = [f"{found}  {name}\n" for name, found in self._sums.items()]
        self.add(CHECKSUMS, "".join(lines).encode())


@contextmanager
def archive(sink: Sink, now: datetime) -> Iterator[Archive]:
    """Open an archive; if the block fails it stays without its end, and no program opens it."""
    forward = _Forward(sink)
    file = zipfile.ZipFile(
        forward,  # type: ignore[call-overload]
        "w",
        zipfile.ZIP_DEFLATED,
        compresslevel=COMPRESSION_LEVEL,
    )
    try:
        yield Archive(file, now)
    except BaseException:
        forward.cut()
        raise
    finally:
        file.close()


class _Forward:
    """Hides that a sink may have a position, so that nothing is written twice."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._cut = False

    def cut(self) -> None:
        """Pass nothing on from now."""
        self._cut = True

    def write(self, data: bytes) -> int:
        if not self._cut:
            self._sink.write(data)
        return len(data)

    def flush(self) -> None:
        if not self._cut:
            self._sink.flush()
