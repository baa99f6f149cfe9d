"""Carries a package from the thread that writes it to the answer that sends it, in bounded memory.

The writer waits while the reader is slow, and gives up when the reader has gone or takes nothing
for a while: then the archive has no end, and no program opens what was sent of it.
"""

import asyncio
from collections.abc import AsyncGenerator

from dashboard.exports.errors import PackageAbandoned

CHUNK_BYTES = 64 * 1024
WAITING_CHUNKS_MAX = 16
READER_TIMEOUT_S = 60.0

_End = BaseException | None
_Item = tuple[bytes, bool, _End]


class Pipe:
    """A sink for `dashboard.exports.zip_stream` at one end, an async generator at the other.

    `write`, `flush` and `end` belong to the writing thread, everything else to the event loop.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, timeout_s: float = READER_TIMEOUT_S
    ) -> None:
        self._loop = loop
        self._timeout_s = timeout_s
        self._items: asyncio.Queue[_Item] = asyncio.Queue(WAITING_CHUNKS_MAX)
        self._gathered = bytearray()
        self._abandoned = False

    def write(self, data: bytes, /) -> int:
        """Take some bytes. Raises PackageAbandoned."""
        self._gathered += data
        while len(self._gathered) >= CHUNK_BYTES:
            chunk = bytes(self._gathered[:CHUNK_BYTES])
            del self._gathered[:CHUNK_BYTES]
            self._put((chunk, False, None))
        return len(data)

    def flush(self) -> None:
        """Do nothing: small pieces wait for their chunk."""

    def end(self, error: BaseException | None = None) -> None:
        """Say that the package is whole, or what it failed by. Raises PackageAbandoned."""
        rest = b"" if error is not None else bytes(self._gathered)
        self._put((rest, True, error))

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield what is written; raises what the writer failed by. Leaving it abandons the pipe."""
        try:
            is_last = False
            while not is_last:
                chunk, is_last, error = await self._items.get()
                if error is not None:
                    raise error
                if chunk:
                    yield chunk
        finally:
            self._abandoned = True
            while not self._items.empty():
                self._items.get_nowait()

    def _put(self, item: _Item) -> None:
        if self._abandoned:
            raise PackageAbandoned
        waiting = asyncio.run_coroutine_threadsafe(self._items.put(item), self._loop)
        try:
            waiting.result(self._timeout_s)
        except TimeoutError:
            waiting.cancel()
            self._abandoned = True
            raise PackageAbandoned from None
