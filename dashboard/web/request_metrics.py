"""Counts what is asked and answered, by route and status, and how long it takes."""

import time

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What the guard refuses has met no route.
NO_ROUTE, FILE_ROUTE = "none", "file"
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Counter(
    "virtaama_dashboard_requests_total", "Requests that were answered", ["route", "status"]
)
DURATION = Histogram(
    "virtaama_dashboard_request_seconds",
    "From the head of a request to the end of its answer; to its first byte for a stream",
    ["route"],
    buckets=BUCKETS_S,
)


class RequestMetrics:
    """ASGI middleware; stands around everything that answers.

    A route is the pattern that the server matched, never the address that somebody typed, so that
    there are only as many as the program has.
    """

    def __init__(self, app: ASGIApp, files: tuple[str, ...]) -> None:
        self._app = app
        self._files = files  # the beginnings of their addresses

    def _route(self, scope: Scope) -> str:
        # What keeps files passes on a request of its own, whose route is not seen here.
        if scope["path"].startswith(self._files):
            return FILE_ROUTE
        return str(getattr(scope.get("route"), "path", NO_ROUTE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s, told = time.perf_counter(), False

        def tell() -> None:
            nonlocal told
            if not told:
                told = True
                DURATION.labels(self._route(scope)).observe(time.perf_counter() - began_s)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(self._route(scope), str(message["status"])).inc()
            await send(message)
            if message["type"] == "http.response.start" and _is_stream(message):
                tell()

        try:
            await self._app(scope, receive, sending)
        finally:
            tell()


def _is_stream(message: Message) -> bool:
    kind = Headers(raw=message["headers"]).get("content-type", "")
    return kind.startswith("text/event-stream")
