"""The viewers of the push measurement: `python -m tests.bench.push_viewers VARIANT PORT COUNT`.

All viewers live in this one process, so that the server's processor time is the server's alone.
Prints "ready" when all have their first message, ends when standard input ends, and prints what
they saw as one line of JSON.
"""

import asyncio
import contextlib
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.bench import push_load as load

# What Chromium sends along; a server parses it with every poll.
_BROWSER_HEADERS = (
    "Connection: keep-alive\r\n"
    'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"\r\n'
    "sec-ch-ua-mobile: ?0\r\n"
    'sec-ch-ua-platform: "Linux"\r\n'
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: fi,en;q=0.9\r\n"
)


class Viewer:
    """One open page: what it shows, and how it got there."""

    def __init__(self, number: int, variant: str, port: int) -> None:
        self.shown = load.shown_by(number)
        self.polls = variant == load.DASH_POLL
        self.variant, self.port = variant, port
        self.screen: dict[int, load.Row] = {}
        self.ready = asyncio.Event()
        self.commit = -1
        self.bytes = self.messages = self.skipped = self.backwards = self.wrong = 0
        self.delays_s: list[float] = []

    def take(self, message: dict[str, Any]) -> None:
        """Put one message on the screen and hold the screen against the plant."""
        now_s, number = time.monotonic(), message["n"]
        if self.ready.is_set():
            self.delays_s += [now_s - at_s for n, at_s in message["stamps"] if n > self.commit]
            self.backwards += number < self.commit or (number == self.commit and not self.polls)
            told = {n for n, _ in message["stamps"]}
            self.skipped += len(set(range(self.commit + 1, number + 1)) - told)
        self.commit = number
        self.messages += 1
        self.screen |= {row[0]: row for row in message["rows"]}
        plant = load.snapshot(number)
        self.wrong += any(self.screen.get(point) != plant[point] for point in self.shown)
        self.ready.set()

    async def view(self) -> None:
        ways: dict[str, Callable[[], Awaitable[None]]] = {
            load.SSE_SHARED: self._read_events,
            load.SSE_OWN: self._read_events,
            load.DASH_SOCKET: self._read_socket,
            load.DASH_SOCKET_LEAN: self._read_socket,
            load.DASH_POLL: self._poll,
        }
        await ways[self.variant]()

    async def _read_events(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        path = "/live?show=" + ",".join(map(str, self.shown))
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Accept: text/event-stream\r\n{_BROWSER_HEADERS}\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head, head
        assert b"chunked" in head, head
        text = b""
        while size_line := await reader.readuntil(b"\r\n"):
            chunk = await reader.readexactly(int(size_line, 16) + 2)
            self.bytes += len(size_line) + len(chunk)
            *events, text = (text + chunk[:-2]).split(b"\n\n")
            for event in events:
                self.take(json.loads(event.removeprefix(b"data: ")))

    async def _read_socket(self) -> None:
        # Here, because only this variant needs the package.
        from websockets.asyncio.client import ClientConnection, connect  # noqa: PLC0415
        from websockets.typing import Origin  # noqa: PLC0415

        viewer = self

        class Counted(ClientConnection):
            def data_received(self, data: bytes) -> None:
                viewer.bytes += len(data)
                super().data_received(data)

        callback = await _callback(self.port, lambda one: one["websocket"])
        address = f"127.0.0.1:{self.port}"
        async with connect(
            f"ws://{address}/_dash-ws-callback",
            origin=Origin(f"http://{address}"),
            create_connection=Counted,
            proxy=None,
        ) as socket:
            request = {
                "type": "callback_request",
                "requestId": "1",
                "rendererId": f"page-{id(self)}",
                "payload": self._payload(callback["output"], [], []),
            }
            await socket.send(json.dumps(request))
            async for frame in socket:
                told = json.loads(frame)
                for one in told if isinstance(told, list) else [told]:
                    assert one["type"] == "set_props", one
                    data = one["payload"]["props"]["data"]
                    self.take(json.loads(data) if isinstance(data, str) else data)

    async def _poll(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        due_s = time.monotonic()
        for tick in itertools.count():
            inputs = [{"id": "tick", "property": "n_intervals", "value": tick}]
            body = json.dumps(self._payload("live.data", inputs, ["tick.n_intervals"])).encode()
            writer.write(
                f"POST /_dash-update-component HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"Accept: application/json\r\n{_BROWSER_HEADERS}\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head.split(b"\r\n")[0], head
            size = next(
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            answer = await reader.readexactly(size)
            self.bytes += len(head) + len(answer)
            self.take(json.loads(answer)["response"]["live"]["data"])
            due_s = max(due_s + load.POLL_INTERVAL_S, time.monotonic())
            await asyncio.sleep(due_s - time.monotonic())

    def _payload(self, output: str, inputs: list[Any], changed: list[str]) -> dict[str, Any]:
        return {
            "output": output,
            "outputs": {"id": "live", "property": "data"} if inputs else [],
            "inputs": inputs,
            "changedPropIds": changed,
            "parsedChangedPropsIds": changed,
            "state": [{"id": "shown", "property": "data", "value": self.shown}],
        }


async def _callback(port: int, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The wanted entry of the callbacks that Dash tells a page about."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /_dash-dependencies HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    _, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    return next(one for one in json.loads(body) if wanted(one))


async def _standard_input_ends() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def watch(variant: str, port: int, count: int) -> dict[str, object]:
    viewers = [Viewer(number, variant, port) for number in range(count)]
    tasks = []
    for viewer in viewers:
        tasks.append(asyncio.create_task(viewer.view()))
        # Pages are opened one after the other, so that polls spread over the second.
        await asyncio.sleep(load.POLL_INTERVAL_S / count)
    await asyncio.gather(*(viewer.ready.wait() for viewer in viewers))
    for viewer in viewers:
        viewer.bytes = 0
    began_s = time.monotonic()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    stop = asyncio.create_task(_standard_input_ends())
    await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
    seconds = time.monotonic() - began_s
    broken = [repr(task.exception()) for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
    return {
        "broken": broken,
        "bytes_per_viewer_second": sum(v.bytes for v in viewers) / count / seconds,
        "messages_fewest": min(v.messages for v in viewers),
        "seconds": seconds,
        "skipped": sum(v.skipped for v in viewers),
        "backwards": sum(v.backwards for v in viewers),
        "wrong": sum(v.wrong for v in viewers),
        "commit_spread": max(v.commit for v in viewers) - min(v.commit for v in viewers),
        "delays_ms": [round(delay_s * 1000, 2) for v in viewers for delay_s in v.delays_s],
    }


if __name__ == "__main__":
    seen = asyncio.run(watch(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(json.dumps(seen) + "\n")
