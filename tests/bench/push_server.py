"""The server of the push measurement: `python -m tests.bench.push_server VARIANT PORT`.

A Dash page on Dash's FastAPI backend, one process under uvicorn, with a task that commits in place
of the database. Each variant is one way of bringing commits to viewers, as short as one would write
it in the product. A message is {"n": commit, "stamps": [[commit, monotonic s]], "rows": [...]}.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from functools import cached_property

import msgspec
import uvicorn
from dash import Dash, Input, Output, State, dcc, html, set_props
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import StreamingResponse

from tests.bench import push_load as load

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Commit:
    """One commit, and the one after it as soon as that has happened."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.at_s = time.monotonic()
        self.next: Commit
        self.followed = asyncio.Event()

    def message(self, rows: Iterable[load.Row]) -> dict[str, object]:
        return {"n": self.number, "stamps": [[self.number, self.at_s]], "rows": list(rows)}

    @cached_property
    def encoded(self) -> bytes:
        """The message of all changes, encoded when the first viewer asks for it."""
        return msgspec.json.encode(self.message(load.changes(self.number)))

    @cached_property
    def event(self) -> bytes:
        return b"data: " + self.encoded + b"\n\n"

    def changes_of(self, shown: frozenset[int]) -> list[load.Row]:
        return [row for row in load.changes(self.number) if row[0] in shown]


class Feed:
    """The newest commit; whoever waits for the next one is woken by it."""

    def __init__(self) -> None:
        self.newest = Commit(0)
        self.recent = [self.newest]

    async def run(self) -> None:
        due_s = time.monotonic()
        while True:
            due_s += load.COMMIT_INTERVAL_S
            await asyncio.sleep(due_s - time.monotonic())
            before, self.newest = self.newest, Commit(self.newest.number + 1)
            load.snapshot(self.newest.number)
            self.recent = [*self.recent[1 - load.STAMPS_TOLD :], self.newest]
            before.next = self.newest
            before.followed.set()

    async def follow(self, commit: Commit) -> AsyncIterator[Commit]:
        while True:
            await commit.followed.wait()
            commit = commit.next
            yield commit

    def snapshot_of(self, shown: Iterable[int], stamps: list[Commit]) -> dict[str, object]:
        rows = load.snapshot(self.newest.number)
        return {
            "n": self.newest.number,
            "stamps": [[commit.number, commit.at_s] for commit in stamps],
            "rows": [rows[point] for point in shown],
        }


def sse_shared(app: Dash, feed: Feed) -> None:
    async def live(request: Request) -> StreamingResponse:
        async def events() -> AsyncIterator[bytes]:
            start = feed.newest
            first = msgspec.json.encode(feed.snapshot_of(range(load.POINTS), []))
            yield b"data: " + first + b"\n\n"
            async for commit in feed.follow(start):
                yield commit.event

        return StreamingResponse(events(), media_type="text/event-stream", headers=_HEADERS)

    app.server.add_route("/live", live)


def sse_own(app: Dash, feed: Feed) -> None:
    async def live(request: Request) -> StreamingResponse:
        shown = frozenset(map(int, request.query_params["show"].split(",")))

        async def events() -> AsyncIterator[bytes]:
            start = feed.newest
            first = msgspec.json.encode(feed.snapshot_of(shown, []))
            yield b"data: " + first + b"\n\n"
            async for commit in feed.follow(start):
                message = commit.message(commit.changes_of(shown))
                yield b"data: " + msgspec.json.encode(message) + b"\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers=_HEADERS)

    app.server.add_route("/live", live)


def dash_socket(app: Dash, feed: Feed) -> None:
    @app.callback(State("shown", "data"), websocket=True, persistent=True)
    async def live(shown: list[int]) -> None:
        chosen, start = frozenset(shown), feed.newest
        set_props("live", {"data": feed.snapshot_of(shown, [])})
        async for commit in feed.follow(start):
            set_props("live", {"data": commit.message(commit.changes_of(chosen))})


def dash_socket_lean(app: Dash, feed: Feed) -> None:
    @app.callback(State("shown", "data"), websocket=True, persistent=True)
    async def live(_shown: list[int]) -> None:
        start = feed.newest
        set_props("live", {"data": feed.snapshot_of(range(load.POINTS), [])})
        async for commit in feed.follow(start):
            # A string passes Dash's encoder as one value; the page decodes it.
            set_props("live", {"data": commit.encoded.decode()})


def dash_poll(app: Dash, feed: Feed) -> None:
    @app.callback(Output("live", "data"), Input("tick", "n_intervals"), State("shown", "data"))
    async def live(_ticks: int, shown: list[int]) -> dict[str, object]:
        return feed.snapshot_of(shown, feed.recent)


MOUNT: dict[str, Callable[[Dash, Feed], None]] = {
    load.SSE_SHARED: sse_shared,
    load.SSE_OWN: sse_own,
    load.DASH_SOCKET: dash_socket,
    load.DASH_SOCKET_LEAN: dash_socket_lean,
    load.DASH_POLL: dash_poll,
}


async def serve(variant: str, port: int) -> None:
    feed = Feed()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        committing = asyncio.create_task(feed.run())
        yield
        committing.cancel()

    lean = variant == load.DASH_SOCKET_LEAN
    app = Dash(server=FastAPI(lifespan=lifespan), websocket_batch_delay=0 if lean else 0.005)
    app.layout = html.Div(
        [dcc.Interval(id="tick", interval=1000), dcc.Store(id="live"), dcc.Store(id="shown")]
    )
    MOUNT[variant](app, feed)
    config = uvicorn.Config(
        app.server,
        port=port,
        log_level="warning",
        access_log=False,
        ws_per_message_deflate=not lean,
        timeout_graceful_shutdown=1,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
