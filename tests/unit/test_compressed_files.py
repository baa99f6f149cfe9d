"""Static files that are kept: made once for everybody, and sent in pieces."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from dashboard.limits.compressed_files import PIECE_BYTES, CompressedFiles

BODY = bytes(range(256)) * 2_000


class _Files:
    """What would read and compress; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await asyncio.sleep(0.01)
        status = 404 if "nothing" in scope["path"] else 200
        headers = [(b"etag", b"abc")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})


async def _get(files: CompressedFiles, path: str, **headers: str) -> tuple[int, bytes, int]:
    """Return status, body, and in how many pieces it came."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("a file needs no body")

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await files({"type": "http", "method": "GET", "path": path, "headers": named}, receive, send)
    bodies = [one for one in sent if one["type"] == "http.response.body"]
    assert not bodies[-1].get("more_body")
    return sent[0]["status"], b"".join(one["body"] for one in bodies), len(bodies)


def test_a_crowd_that_asks_for_a_new_file_has_it_made_once_and_gets_it_in_pieces() -> None:
    app = _Files()
    files = CompressedFiles(app, ("/assets/",))

    async def crowd() -> list[tuple[int, bytes, int]]:
        return await asyncio.gather(*(_get(files, "/assets/a.js") for _ in range(20)))

    answers = asyncio.run(crowd())
    assert app.asked == 1
    assert {(status, body) for status, body, _ in answers} == {(200, BODY)}
    assert answers[0][2] == -(-len(BODY) // PIECE_BYTES)


@pytest.mark.parametrize(
    "headers", [{"range": "bytes=1-2"}, {"if_modified_since": "x"}, {"if_none_match": "other"}]
)
def test_conditions_are_no_way_around_what_is_kept(headers: dict[str, str]) -> None:
    app = _Files()
    files = CompressedFiles(app, ("/assets/",))
    for _ in range(3):
        assert asyncio.run(_get(files, "/assets/a.js", **headers))[:2] == (200, BODY)
    assert app.asked == 1


def test_invented_versions_lead_to_one_file_that_is_kept_once() -> None:
    app = _Files()
    files = CompressedFiles(app, ("/assets/",))
    for number in range(50):
        asyncio.run(_get(files, f"/assets/a.v{number}m{number}.js"))
    assert app.asked == 1


def test_who_has_the_file_gets_none_and_what_is_not_there_is_not_kept() -> None:
    app = _Files()
    files = CompressedFiles(app, ("/assets/",))
    assert asyncio.run(_get(files, "/assets/a.js", if_none_match="abc"))[:2] == (304, b"")
    for _ in range(2):
        assert asyncio.run(_get(files, "/assets/nothing.js"))[0] == 404
    assert app.asked == 3


def test_half_a_file_was_kept_for_everybody_when_the_first_who_asked_left() -> None:
    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        """Send as some middleware does: until it hears that the reader left."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for half in (BODY[:1000], BODY[1000:]):
            gone = asyncio.ensure_future(_gone(receive))
            if (await asyncio.wait([gone], timeout=0.05))[0]:
                return
            gone.cancel()
            await send({"type": "http.response.body", "body": half, "more_body": half != BODY})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        pass

    async def scenario() -> bytes:
        files = CompressedFiles(watching, ("/assets/",))
        scope = {"type": "http", "method": "GET", "path": "/assets/a.js", "headers": []}
        await files(scope, receive, send)
        return (await _get(files, "/assets/a.js"))[1]

    assert asyncio.run(scenario()) == BODY


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
