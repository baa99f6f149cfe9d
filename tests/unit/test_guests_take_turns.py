"""Requests of guests are taken up a few at a time; who is refused is told so."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from starlette.types import Receive, Scope, Send

from dashboard.auth.sessions import Device, Session
from dashboard.limits.connections import KnownAddresses
from dashboard.limits.known_browsers import KnownBrowsers
from dashboard.limits.refusals import Refusals
from dashboard.limits.turns import TurnLimits, Turns
from dashboard.sign_in.middleware import AuthMiddleware, RequestRules
from dashboard.sign_in.paths import SIGN_IN
from dashboard.texts import text

LIMITS = TurnLimits(
    all_max=1, each_max=1, guests_max=1, waiting_max=2, guests_waiting_max=9, wait_max_s=5.0
)
GUEST = Session(1, 1, "guest", "Guest", "guest", "acme", False, None)  # type: ignore[arg-type]
CONTROL_ROOM = Device(1, "Control room", "control_room")
CHART = "/_dash-update-component"


class _House:
    """The middleware before an app that begins its answer when told to, and ends it never."""

    def __init__(
        self, who: Session | Device | None, *, lately: bool = True, strangers: Turns | None = None
    ) -> None:
        self.begun = 0
        self.may_begin = asyncio.Event()
        turns = Turns(LIMITS, Refusals())
        self.known, self.browsers = KnownAddresses(), KnownBrowsers()
        turns_of = turns, strangers or turns
        rules = RequestRules(1_000, False, None, *turns_of, self.known, self.browsers)  # type: ignore[arg-type]
        known = SimpleNamespace(who=lambda *_, **__: who, saw_lately=lambda _: lately)
        self._middleware = AuthMiddleware(self._app, known, Refusals(), str, rules)  # type: ignore[arg-type]

    async def ask(
        self, path: str = CHART, address: str = "127.0.0.1"
    ) -> list[MutableMapping[str, Any]]:
        """Send one request, and return what is sent in answer until it ends."""
        answer: list[MutableMapping[str, Any]] = []
        headers = [(b"accept-language", b"en"), (b"host", b"here"), (b"origin", b"http://here")]
        scope = {
            **{
                "type": "http",
                "method": "GET" if path == SIGN_IN else "POST",
                "path": path,
                "query_string": b"",
            },
            **{"scheme": "http", "client": (address, 1), "state": {}},
            "headers": [*headers, (b"content-length", b"0")],
        }

        async def send(message: MutableMapping[str, Any]) -> None:
            answer.append(message)

        await self._middleware(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]
        return answer

    async def _app(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.begun += 1
        await self.may_begin.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()  # a reader that takes nothing


def _crowd(
    who: Session | Device | None, count: int, path: str = CHART
) -> tuple[int, int, list[Any]]:
    """Return how many requests are begun at once, how many in the end, and the answers so far."""

    async def ask() -> tuple[int, int, list[Any]]:
        house = _House(who)
        asking = [asyncio.create_task(house.ask(path)) for _ in range(count)]
        answered, _ = await asyncio.wait(asking, timeout=0.3)
        at_once = house.begun
        house.may_begin.set()
        await asyncio.sleep(0.1)
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        return at_once, house.begun, [one.result() for one in answered]

    return asyncio.run(ask())


def test_a_crowd_of_a_guest_is_taken_up_one_after_the_other_and_the_rest_is_told() -> None:
    at_once, in_the_end, refused = _crowd(GUEST, 5)
    assert at_once == 1
    assert [answer[0]["status"] for answer in refused] == [503] * 3
    assert {answer[1]["body"].decode() for answer in refused} == {text("app.busy", "en")}
    assert in_the_end == 2, "a reader that takes nothing of its answer holds the turn of another"


def test_requests_of_a_control_room_and_live_values_wait_for_no_turn_of_guests() -> None:
    assert _crowd(CONTROL_ROOM, 5) == (5, 5, [])
    assert _crowd(GUEST, 5, "/live") == (5, 5, [])


def test_strangers_take_turns_and_who_is_known_waits_for_none_of_them() -> None:
    at_once, _, refused = _crowd(None, 5, SIGN_IN)
    assert at_once == 1
    assert [answer[0]["status"] for answer in refused] == [503] * 3
    assert _crowd(CONTROL_ROOM, 5) == (5, 5, [])


def test_no_crowd_of_strangers_is_before_who_comes_from_where_the_plants_people_are() -> None:
    """With 1 000 addresses before it, each page of somebody not seen lately came after them all."""
    mine = "198.51.100.1"

    async def begun(path: str) -> int:
        limits = replace(LIMITS, all_max=2)
        house = _House(None, lately=False, strangers=Turns(limits, Refusals()))
        house.known.note(mine)
        crowd = [asyncio.create_task(house.ask(SIGN_IN, f"192.0.2.{n}")) for n in range(3)]
        await asyncio.sleep(0.05)
        person = asyncio.create_task(house.ask(path, mine))
        await asyncio.sleep(0.05)
        found = house.begun if path == SIGN_IN else house.begun + person.done()
        for one in (*crowd, person):
            one.cancel()
        await asyncio.gather(*crowd, person, return_exceptions=True)
        return found

    assert [asyncio.run(begun(path)) for path in (SIGN_IN, CHART)] == [2, 2]
