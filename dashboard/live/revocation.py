"""A stream that ends when whoever reads it may not any more."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import psycopg

CHECK_INTERVAL_S = 1.0
END_FRAME = b"event: end\ndata: {}\n\n"


async def attended(
    frames: AsyncGenerator[bytes], may_read: Callable[[], bool], rights: Callable[[], int]
) -> AsyncIterator[bytes]:
    """Yield frames while `may_read`; then say the end.

    `may_read` is asked in a thread once a second, and with the first frame after `rights`, a count
    of changes, has moved. While the database is away nothing new can be read, and the stream goes
    on to say so.
    """
    checked_s, known = time.monotonic(), rights()
    try:
        async for frame in frames:
            if time.monotonic() - checked_s >= CHECK_INTERVAL_S or rights() != known:
                checked_s, known = time.monotonic(), rights()
                try:
                    allowed = await asyncio.to_thread(may_read)
                except psycopg.OperationalError:
                    allowed = True
                if not allowed:
                    yield END_FRAME
                    return
            yield frame
    finally:
        await frames.aclose()
