"""Static files, compressed once and kept: whoever asks for the largest ones costs no processor."""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT_MAX_BYTES = 64_000_000
_CONDITIONAL = ("if-none-match", "if-modified-since", "range")


@dataclass(frozen=True)
class _Answer:
    start: Message
    body: bytes


class CompressedFiles:
    """ASGI middleware around one that compresses; keeps what it answers for files below `folders`.

    The files belong to the installed program, and are the same for everybody until it restarts.
    """

    def __init__(self, app: ASGIApp, folders: tuple[str, ...]) -> None:
        self._app = app
        self._folders = folders
        self._kept: dict[str, _Answer] = {}
        self._kept_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory what was answered before."""
        if not self._is_ours(scope):
            await self._app(scope, receive, send)
            return
        kept = self._kept.get(scope["path"])
        if kept is None:
            kept = await self._ask(scope, receive)
        await send(dict(kept.start))
        await send({"type": "http.response.body", "body": kept.body})

    def _is_ours(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        headers = Headers(scope=scope)
        return (
            scope["path"].startswith(self._folders)
            and "gzip" in headers.get("accept-encoding", "")
            and not any(name in headers for name in _CONDITIONAL)
        )

    async def _ask(self, scope: Scope, receive: Receive) -> _Answer:
        start: Message = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, gather)
        answer = _Answer(start, bytes(body))
        if start["status"] == 200 and self._kept_bytes + len(body) <= KEPT_MAX_BYTES:
            self._kept[scope["path"]] = answer
            self._kept_bytes += len(body)
        return answer
