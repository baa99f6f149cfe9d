"""Every route and every callback, walked by each viewer with its own and with others' things.

The map comes from the running app, so what is added to the app is walked too. An answer is never a
failure, never holds another tenant's canary, and never tells "not yours" from "not there".
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.fixtures.cells import cells
from tests.fixtures.tenants import ALPHA, BETA, PLANT, SEES
from tests.fixtures.walk import LIVING, Walk, walked
from tests.fixtures.web import Web
from tests.fixtures.web_calls import Call, Caller
from tests.fixtures.web_values import HOSTILE, theirs

TENANTS = (ALPHA, BETA, PLANT)
# The engineer reaches all that a company does, and more. Each argument gets every fourth value, the
# next argument those after them; or each gets all.
HOSTILE_CELLS = [
    pytest.param("alpha", 1, marks=pytest.mark.exhaustive),
    pytest.param("engineer", 1, marks=pytest.mark.exhaustive),
    ("engineer", 4),
]
# Whose walk proves what another's does: of those who see all the engineer's is long enough to find
# what fails; what is not there is told alpha like all others.
LIKE_ANOTHER = {"Control room", "operator", "administrator", "beta"}
ANSWERED_LIKE_ANOTHER = {"beta", "early", "Lobby", "guest"}
# What an honest walk must show at least, or it would prove nothing.
CALLS_MIN = 10
AT_ONCE = 3  # while one waits for the database, others are answered


@pytest.fixture
def walk(web: Web, viewer: str) -> Walk:
    return Walk(web, viewer)


@pytest.mark.parametrize("viewer", cells(LIVING, quick=set(LIVING) - LIKE_ANOTHER))
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


@pytest.mark.parametrize(
    "viewer",
    cells(
        (name for name in LIVING if SEES[name] != set(TENANTS)),
        quick=set(LIVING) - ANSWERED_LIKE_ANOTHER,
    ),
)
def test_what_is_not_yours_is_answered_like_what_is_not_there(walk: Walk) -> None:
    caller = Caller(walk.web, walk.viewer)
    found = theirs([name for name in TENANTS if name not in walk.sees])
    for one in caller.callbacks:
        invented = caller.invented_places(one)
        for place in (caller.places(one) or [nobodys for _, nobodys, _ in invented])[:1]:
            for slot in (*one.inputs, *one.states):
                for values in found:
                    walk.same(*(caller.call(one, place, {slot: value}, slot) for value in values))
        for places in invented:
            walk.same(*(caller.call(one, place) for place in places))
    for number in _trials_not(walk.sees):
        paths = (caller.page_paths((fill,)) for fill in (number, "77", "78"))
        for three in zip(*paths, strict=True):
            walk.same(*(call for path in three for call in caller.pages(path)))
    assert walked["pairs"] > 2 * walked["amounts"]


def _trials_not(sees: set[str]) -> tuple[str, ...]:
    """Return the numbers of trials that are not the viewer's."""
    return tuple(number for number, name in (("1", ALPHA), ("2", BETA)) if name not in sees)


@pytest.mark.timeout(900)  # each callback with each hostile value
@pytest.mark.parametrize(("viewer", "every"), HOSTILE_CELLS)
def test_no_argument_of_a_callback_makes_the_server_fail(walk: Walk, every: int) -> None:
    caller = Caller(walk.web, walk.viewer)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for answer in threads.map(walk.call, _hostile_calls(caller, every)):
            assert answer.status < 500
    walk.web.close()  # those that have idled meanwhile are cut


def _hostile_calls(caller: Caller, every: int) -> Iterator[Call]:
    arguments = itertools.count()
    for one in caller.callbacks:
        for place in [*caller.places(one)[:1], *caller.hostile_places(one)]:
            yield caller.call(one, place)
        for place in caller.places(one)[:1]:
            for slot in (*one.inputs, *one.states):
                for value in HOSTILE[next(arguments) % every :: every]:
                    yield caller.call(one, place, {slot: value}, slot)


def _malformed(body: dict[str, Any]) -> list[Any]:
    """Return what no page of ours sends: a call with one thing wrong."""
    first, *rest = body["inputs"]

    def wrong(**change: Any) -> dict[str, Any]:
        if isinstance(first, list):
            # Of components that a page has any number of, it may have none.
            changed = [(first[0] if first else {"id": "x", "property": "value"}) | change]
        else:
            changed = first | change
        return body | {"inputs": [changed, *rest]}

    return [
        body | {"changedPropIds": ["x.y"] * 10_000},
        *(b"", b"[]", b'"x"', b"null", b"{", b"[" * 100_000, b"\xff"),
        *({}, body | {"output": "no.such"}, body | {"output": None}, body | {"output": {}}),
        *(body | {"inputs": other} for other in (None, [], [first, first, *rest], [None] * 20)),
        *(wrong(id=other) for other in ("x", {}, 1)),
        *(body | {"state": other} for other in (None, "x", [first] * 20)),
        *(body | {"outputs": other} for other in (None, [], {}, "x", [{"id": "content"}])),
        *(body | {"changedPropIds": other} for other in ("x", [1], ["x"], ["{.x"], {})),
        *(wrong(property="id"), wrong(value=float("nan")), wrong(value="\ud800")),
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


def test_the_walk_was_long_enough(capsys: pytest.CaptureFixture[str]) -> None:
    routes, callbacks = (
        sum(name.startswith(kind) for name in walked) for kind in ("route", "callback")
    )
    with capsys.disabled():
        print(
            f"\nwalked {routes} addresses and {callbacks} callbacks: {walked['cells']} answers,"
            f" {walked['pairs']} of them compared in pairs"
        )
    assert callbacks >= 5
    assert walked["pairs"] > 200
