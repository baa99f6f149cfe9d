"""The dashboard below a path of a proxy's host: https://portal.example/virtaama/."""

import re

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OF_ALL_ADDRESSES = re.compile(rb"(?i)(;\s*path=/)")


class Prefix:
    """ASGI middleware: takes the prefix from what comes in, adds it to what goes out in headers.

    Inside, every address is as if there were no proxy, so that a proxy may pass the prefix on or
    cut it off. Redirects and the paths of cookies get it here; pages write it themselves, by
    `request.state.prefix`.

    Args:
        app: What is served.
        prefix: The path without a slash at its end, such as `/virtaama`.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] == self._prefix:  # addresses of the first page end in a slash
            query = scope["query_string"].decode("latin-1")
            moved = RedirectResponse(f"{self._prefix}/{query and f'?{query}'}", 308)
            await moved(scope, receive, send)
            return
        inside = {**scope, "state": {**scope.get("state", {}), "prefix": self._prefix}}
        if scope["path"].startswith(f"{self._prefix}/"):
            inside["path"] = scope["path"].removeprefix(self._prefix)
        await self._app(inside, receive, self._sending(send))

    def _sending(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, self._outside(name, value)) for name, value in message["headers"]]
                message = {**message, "headers": headers}
            await send(message)

        return sending

    def _outside(self, name: bytes, value: bytes) -> bytes:
        prefix = self._prefix.encode()
        if name.lower() == b"location" and value.startswith(b"/") and not value.startswith(b"//"):
            return prefix + value
        if name.lower() == b"set-cookie":
            return _OF_ALL_ADDRESSES.sub(rb"; Path=" + prefix + b"/", value, count=1)
        return value
