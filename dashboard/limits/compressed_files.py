"""Static files, compressed once and kept: whoever asks for the largest ones costs nothing.

They are sent in pieces, each after the reader has taken the one before: a crowd that reads slowly
has a piece each in memory and not a file each.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from dash.fingerprint import check_fingerprint as without_version
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT_MAX_BYTES = 64_000_000
PIECE_BYTES = 65_536
# What would be answered by a part of a file or by none of it; the whole file answers as well.
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"if-match", b"if-range", b"range")

_Key = tuple[str, bool, bool]  # the path, whether it names a version, whether to compress


@dataclass(frozen=True)
class _Answer:
    start: Message
    body: bytes

    def pieces(self) -> Iterator[Message]:
        """Yield the messages that carry the body."""
        for begin in range(0, max(len(self.body), 1), PIECE_BYTES):
            end = begin + PIECE_BYTES
            more = end < len(self.body)
            piece = self.body[begin:end]
            yield {"type": "http.response.body", "body": piece, "more_body": more}


class CompressedFiles:
    """ASGI middleware around one that compresses; keeps what it answers for files below `folders`.

    The files belong to the installed program, and are the same for everybody until it restarts.
    """

    def __init__(self, app: ASGIApp, folders: tuple[str, ...]) -> None:
        self._app = app
        self._folders = folders
        self._kept: dict[_Key, _Answer] = {}
        self._kept_bytes = 0
        self._asking = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory what was answered before."""
        if not self._is_ours(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # Any version in a name leads to the one file that there is.
        key = (*without_version(scope["path"]), "gzip" in headers.get("accept-encoding", ""))
        answer = self._kept.get(key) or await self._ask(key, scope)
        etag = MutableHeaders(scope=answer.start).get("etag")
        if etag is not None and headers.get("if-none-match") == etag:
            answer = _Answer(
                {**answer.start, "status": 304, "headers": [(b"etag", etag.encode())]}, b""
            )
        await send(dict(answer.start))
        for piece in answer.pieces():
            await send(piece)

    def _is_ours(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        path: str = scope["path"]
        return path.startswith(self._folders)

    async def _ask(self, key: _Key, scope: Scope) -> _Answer:
        """Ask for a file, one at a time: a crowd that asks for a new one has it made once.

        It is made for everybody: who asked first may leave meanwhile, and nothing hears of it.
        """
        async with self._asking:
            if key in self._kept:
                return self._kept[key]
            start: Message = {}
            body = bytearray()

            async def gather(message: Message) -> None:
                if message["type"] == "http.response.start":
                    start.update(message)
                else:
                    body.extend(message.get("body", b""))

            whole = [one for one in scope["headers"] if one[0] not in _CONDITIONS]
            await self._app({**scope, "headers": whole}, _stay(), gather)
            answer = _Answer(start, bytes(body))
            if start["status"] == 200 and self._kept_bytes + len(body) <= KEPT_MAX_BYTES:
                self._kept[key] = answer
                self._kept_bytes += len(body)
            return answer


def _stay() -> Receive:
    """Return the messages of somebody who sends no body and never leaves."""
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        for message in messages:
            return message
        return await asyncio.Future()

    return receive
