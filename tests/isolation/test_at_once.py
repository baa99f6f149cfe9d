"""Viewers ask at the same moment: nobody gets the document, layout or answer of another."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from schemas.languages import LANGUAGES
from tests.fixtures.canaries import around, canaries_in
from tests.fixtures.tenants import ALPHA, BETA
from tests.fixtures.walk import Walk
from tests.fixtures.web import Web
from tests.fixtures.web_calls import Call, Caller

VIEWERS = ("alpha", "beta", "Lobby", "operator")
ROUNDS = 6
DOCUMENTS = ("/", "/x", "/trials", "/trials/1", "/trials/2", "/flows", "/trends")
SIGNED = b'<script>{"end_id":"' + b"a" * 24 + b"~" + b"ab16180f" * 8 + b'"}</script>'


@pytest.mark.exhaustive
def test_nobody_gets_the_answer_of_another_who_asks_at_the_same_moment(web: Web) -> None:
    calls = {viewer: _calls(web, viewer) for viewer in VIEWERS}
    together = Barrier(len(VIEWERS))

    def ask(viewer: str) -> set[str]:
        # The thread has a connection of its own.
        with closing(Web(web.tenants, web.dashboard, web.cookies)) as own:
            walk = Walk(own, viewer)
            for at in range(ROUNDS):
                together.wait(timeout=120)
                _documents(walk, LANGUAGES[(at + VIEWERS.index(viewer)) % len(LANGUAGES)])
                for call in calls[viewer]:
                    walk.call(call)
            return walk.seen

    with ThreadPoolExecutor(len(VIEWERS)) as threads:
        asked = {viewer: threads.submit(ask, viewer) for viewer in VIEWERS}
    # Who fails leaves the others waiting in vain: all of it, so that the reason is among it.
    if failures := [error for each in asked.values() if (error := each.exception()) is not None]:
        raise BaseExceptionGroup("viewers failed", failures)
    seen = {viewer: each.result() for viewer, each in asked.items()}
    assert seen["alpha"] == {ALPHA}
    assert seen["beta"] == {BETA}
    assert {ALPHA, BETA} <= seen["operator"]


def _documents(walk: Walk, language: str) -> None:
    headers = {
        "Cookie": f"{walk.web.cookies[walk.viewer]}; virtaama_language={language}",
        "Accept": "text/html",
    }
    for path in DOCUMENTS:
        answer = walk.web.ask(walk.viewer, path, headers=headers)
        walk.judge(f"GET {path}", answer, path)
        assert f'<html lang="{language}"' in answer.text
    layout = walk.web.ask(walk.viewer, "/_dash-layout", headers=headers)
    walk.judge("GET /_dash-layout", layout, "")


def _calls(web: Web, viewer: str) -> list[Call]:
    caller = Caller(web, viewer)
    pages = [call for path in caller.page_paths(("1", "2")) for call in caller.pages(path)]
    others = [caller.call(one, place) for one in caller.callbacks for place in caller.places(one)]
    return [*pages, *(call for call in others if not json.dumps(call.body).count('"n_clicks"'))]


def test_a_page_is_not_accused_by_the_digits_of_its_own_signature() -> None:
    assert canaries_in(SIGNED) == set()
    assert canaries_in(SIGNED + b"<td>16180</td>") == {ALPHA}
    assert "<td>16180</td>" in around(SIGNED + b"<td>16180</td>", ALPHA)


@pytest.mark.parametrize("value", [b"16\xc2\xa0180", b"16,180", b"16180 m3/h"])
def test_a_value_is_found_however_it_is_written(value: bytes) -> None:
    assert canaries_in(b"<p>" + value + b"</p>") == {ALPHA}
