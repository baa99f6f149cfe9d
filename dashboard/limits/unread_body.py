"""The answer to a body that nobody reads: given at once, and the rest of the body is dropped.

A server that closes while it is being sent to resets the connection, and the answer is lost: a
proxy then says 502, a browser that the site cannot be reached.
"""

import asyncio
from contextlib import suppress

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

DROPPED_MAX_BYTES = 2_000_000  # more than the proxies of docs/proxy.md let pass
DROPPED_WITHIN_S = 5.0


class TooLarge(PlainTextResponse):
    """Says that a body is too large, and closes when its sender is done or has had its chance."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, 413, {"Connection": "close"})

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and drop what comes."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(DROPPED_WITHIN_S):
                await _drop(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drop(receive: Receive) -> None:
    dropped_bytes, more = 0, True
    while more and dropped_bytes < DROPPED_MAX_BYTES:
        message = await receive()
        dropped_bytes += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
