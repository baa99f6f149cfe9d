"""Every route and every callback, walked by each viewer with its own and with others' things.

The map comes from the running app, so what is added to the app is walked too. An answer is never a
failure, never holds another tenant's canary, and never tells "not yours" from "not there".
"""

from typing import Any

import pytest

from tests.fixtures.tenants import ALPHA, BETA, PLANT, SEES
from tests.fixtures.walk import LIVING, Walk, walked
from tests.fixtures.web import Web
from tests.fixtures.web_calls import Caller
from tests.fixtures.web_values import HOSTILE, theirs

TENANTS = (ALPHA, BETA, PLANT)
HOSTILE_VIEWERS = ("alpha", "engineer")
# What an honest walk must show at least, or it would prove nothing.
CALLS_MIN = 10


@pytest.fixture
def walk(web: Web, viewer: str) -> Walk:
    return Walk(web, viewer)


@pytest.mark.parametrize("viewer", LIVING)
def test_honest_pages_show_what_is_the_viewers_own(walk: Walk) -> None:
    caller = Caller(walk.web, walk.viewer)
    called = 0
    for path in caller.page_paths(("1", "2", "77", "x")):
        for call in caller.pages(path):
            walk.call(call)
    for one in caller.callbacks:
        walked[f"callback {one.output}"] += 1
        for place in caller.places(one):
            for changed in one.inputs:
                called += walk.call(caller.call(one, place, changed=changed)).status == 200
    assert walk.seen == walk.sees
    if walk.sees:
        assert called >= CALLS_MIN


@pytest.mark.parametrize("viewer", [name for name in LIVING if SEES[name] != set(TENANTS)])
def test_what_is_not_yours_is_answered_like_what_is_not_there(walk: Walk) -> None:
    caller = Caller(walk.web, walk.viewer)
    pairs = theirs([name for name in TENANTS if name not in walk.sees])
    for one in caller.callbacks:
        places = caller.places(one) or [other for other, _ in caller.invented_places(one)]
        for place in places[:1]:
            for slot in (*one.inputs, *one.states):
                for their, nobodys in pairs:
                    walk.same(
                        caller.call(one, place, {slot: their}, slot),
                        caller.call(one, place, {slot: nobodys}, slot),
                    )
        for their_place, nobodys_place in caller.invented_places(one):
            walk.same(caller.call(one, their_place), caller.call(one, nobodys_place))
    for their_path, nobodys_path in zip(
        caller.page_paths(_numbers_not(walk.sees)), caller.page_paths(("77",) * 3), strict=False
    ):
        for one_call, other_call in zip(
            caller.pages(their_path), caller.pages(nobodys_path), strict=True
        ):
            walk.same(one_call, other_call)


def _numbers_not(sees: set[str]) -> tuple[str, ...]:
    """Return the numbers of trials that are not the viewer's."""
    return tuple(number for number, name in (("1", ALPHA), ("2", BETA)) if name not in sees)


@pytest.mark.parametrize("viewer", HOSTILE_VIEWERS)
def test_no_argument_of_a_callback_makes_the_server_fail(walk: Walk) -> None:
    caller = Caller(walk.web, walk.viewer)
    for one in caller.callbacks:
        for place in [*caller.places(one)[:1], *caller.hostile_places(one)]:
            walk.call(caller.call(one, place))
        for place in caller.places(one)[:1]:
            for slot in (*one.inputs, *one.states):
                for value in HOSTILE:
                    walk.call(caller.call(one, place, {slot: value}, slot))


def _malformed(body: dict[str, Any]) -> list[Any]:
    """Return what no page of ours sends: a call with one thing wrong."""
    first = body["inputs"][0]
    return [
        *(b"", b"[]", b'"x"', b"null", b"{", b"[" * 100_000, b"\xff"),
        *({}, body | {"output": "no.such"}, body | {"output": None}, body | {"output": {}}),
        *(
            body | {"inputs": None},
            body | {"inputs": []},
            body | {"inputs": [*body["inputs"], first]},
        ),
        *(body | {"inputs": [None] * len(body["inputs"])}, body | {"state": [first, first, first]}),
        *(
            body | {"inputs": [first | {"id": other}, *body["inputs"][1:]]}
            for other in ("x", {}, 1)
        ),
        *(body | {"outputs": other} for other in (None, [], {}, "x", [{"id": "content"}])),
        *(body | {"changedPropIds": other} for other in ("x", [1], ["x"], ["{.x"], {})),
        body | {"inputs": [first | {"property": "id"}, *body["inputs"][1:]]},
        body | {"inputs": [first | {"value": float("nan")}, *body["inputs"][1:]]},
        body | {"inputs": [first | {"value": "\ud800"}, *body["inputs"][1:]]},
    ]


@pytest.mark.parametrize("viewer", ["alpha"])
def test_a_call_that_no_page_makes_is_refused(walk: Walk) -> None:
    caller = Caller(walk.web, walk.viewer)
    for one in caller.callbacks:
        for place in caller.places(one)[:1]:
            call = caller.call(one, place)
            assert walk.call(call).status in {200, 204}
            for number, body in enumerate(_malformed(call.body)):
                answer = walk.web.call(walk.viewer, body)
                assert answer.status == 400, (call.about, number, answer.status)
