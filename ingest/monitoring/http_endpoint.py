"""A small HTTP server for whoever watches us: `/metrics` and `/health`, and nothing else."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from ingest.errors import EndpointUnusable

REQUEST_LIMIT_BYTES = 8_192
REQUEST_TIMEOUT_S = 5.0


class Answer(NamedTuple):
    """What a path returns."""

    status: HTTPStatus
    content_type: str
    body: bytes


class Endpoint:
    """Answers GET on known paths; each connection is closed after its answer."""

    def __init__(self, paths: dict[str, Callable[[], Answer]]) -> None:
        self._paths = paths
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises EndpointUnusable."""
        try:
            self._server = await asyncio.start_server(
                self._answer, host, port, limit=REQUEST_LIMIT_BYTES
            )
        except OSError as error:
            raise EndpointUnusable(host, port, error) from error

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_rendered(self._chosen(head)))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asks so gets no answer
        finally:
            writer.close()

    def _chosen(self, head: bytes) -> Answer:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0].decode("ascii", "replace")
        if method != b"GET":
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, "only GET")
        answer = self._paths.get(path)
        if answer is None:
            return _plain(HTTPStatus.NOT_FOUND, f"there are {', '.join(self._paths)}")
        return answer()


def _plain(status: HTTPStatus, sentence: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{sentence}\n".encode())


def health_answer(healthy: bool, sentence: str) -> Answer:
    """Return 200 or 503 with a sentence."""
    return _plain(HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE, sentence)


def _rendered(answer: Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n"
        f"Content-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        "Cache-Control: no-store\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + answer.body
