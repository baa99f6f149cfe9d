"""An address or a bookmark that names what is gone says so: no empty card, no failure."""

import json
from typing import Any

import pytest

from tests.fixtures.web import ALPHA_POINT, BETA_POINT, Web
from tests.fixtures.web_calls import Caller

DOCUMENT = {"Accept": "text/html"}
GONE = (
    ("/asset/gone", "", "laitteen tai virran ”gone”"),
    ("/key-figures", "?k=gone&w=7d", "tunnusluvun ”gone”"),
    ("/key-figures", "?w=7d", "tunnusluvun ””"),
    ("/supply", "", "ei ole mitään tällä sivulla (Vesihuolto)"),
    ("/trials/77", "", "Koeajoa ei ole"),
    ("/alarms/00000000-0000-0000-0000-000000000000", "", "ei ole"),
)
TWICE = "?q=a&q=b&key=a&key=b&k=a&k=b&p=a&p=b"
HOSTILE = ("<script>alert(1)</script>", "\u202egpj.exe", "x" * 5_000, "%00", "{what}", "' OR 1=1")


def _content(web: Web, viewer: str, path: str, search: str = "", site: str = "") -> str:
    """Return what stands on a page, as text."""
    (call,) = Caller(web, viewer).pages(path, search)
    answer = web.ask(
        viewer,
        f"{site}/_dash-update-component",
        method="POST",
        body=json.dumps(call.body).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status == 200, path
    return _text(json.loads(answer.body)["response"]["_pages_content"]["children"])


def _text(part: Any) -> str:
    if isinstance(part, dict):
        return _text(part.get("props", {}).get("children"))
    if isinstance(part, list):
        return " ".join(map(_text, part))
    return str(part or "")


@pytest.mark.parametrize(("path", "search", "said"), GONE)
def test_what_is_gone_is_named_in_a_sentence(web: Web, path: str, search: str, said: str) -> None:
    assert said in _content(web, "operator", path, search)


@pytest.mark.parametrize("viewer", ["alpha", "operator", "Lobby"])
def test_whoever_must_not_see_a_thing_is_told_what_a_stranger_to_it_is_told(
    web: Web, viewer: str
) -> None:
    for path, search in (("/asset/{}", ""), ("/key-figures", "?k={}")):
        theirs, nobodys = (
            _content(web, viewer, path.format(name), search.format(name)).replace(name, "…")
            for name in (BETA_POINT.partition("/")[2], "no-such-thing")
        )
        assert theirs == nobodys


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_a_text_and_not_whole(web: Web, name: str) -> None:
    for path, search in ((f"/asset/{name.replace('/', '')}", ""), ("/key-figures", f"?k={name}")):
        shown = _content(web, "operator", path, search)
        assert "Osoite nimeää" in shown
        assert len(shown) < 400
        assert "\u202e" not in shown


def test_a_site_that_is_gone_or_not_yours_is_named_in_a_sentence(web: Web) -> None:
    for path in ("/trends", "/flows", "/"):
        assert "laitoksen ”zz”" in _content(web, "operator", path, site="/site/zz")
    assert web.ask("operator", "/site/zz/trends", headers=DOCUMENT).status == 404


def test_a_point_that_a_trend_names_and_that_has_a_new_name_is_told_beside_the_others(
    web: Web,
) -> None:
    caller = Caller(web, "operator")
    (draw,) = (one for one in caller.callbacks if "trend-chart.children" in one.output)
    (asked,) = (slot for slot in draw.inputs if slot.id == "trend-request")
    call = caller.call(draw, {}, {asked: f"?p={ALPHA_POINT},main/old-name&w=24h"}, asked)
    answer = json.loads(web.call("operator", call.body).body)["response"]
    assert "main/old-name" in _text(answer["trend-text"]["children"])
    assert "nimetty uudelleen" not in _text(answer["trend-text"]["children"])
    assert "nimetä uudelleen" in _text(answer["trend-text"]["children"])
    assert answer["trend-chart"]["children"] is not None


def test_an_address_that_cannot_be_read_says_what_was_left_out(web: Web) -> None:
    caller = Caller(web, "operator")
    (draw,) = (one for one in caller.callbacks if "trend-chart.children" in one.output)
    (asked,) = (slot for slot in draw.inputs if slot.id == "trend-request")
    for search, said in (
        (f"?p={ALPHA_POINT},flow%20of%20line%202&w=1h", "jätettiin pois: flow of line 2"),
        (f"?p={ALPHA_POINT}&w=1w", "jätettiin pois: w=1w"),
        ("?p=%E2%80%AEgpj", r"jätettiin pois: \u202egpj"),
    ):
        call = caller.call(draw, {}, {asked: search}, asked)
        answer = json.loads(web.call("operator", call.body).body)["response"]
        assert said in _text([answer[part]["children"] for part in ("trend-text", "trend-table")])
    for path, search, said in (
        ("/alarms", "?priority=urgent", "jätettiin pois: priority=urgent"),
        ("/alarms/journal", "?from=yesterday&kind=x", "jätettiin pois: kind=x, from=yesterday"),
        *((path, TWICE, "") for path in ("/alarms/journal", "/asset/x", "/key-figures", "/trends")),
    ):
        (call,) = caller.pages(path, search)
        answer = web.call("operator", call.body)
        assert answer.status == 200, path
        assert said in _text(json.loads(answer.body)["response"]["_pages_content"]["children"])
    web.check_log()


@pytest.mark.parametrize(
    ("output", "key"),
    [("asset-chart.children", "asset-key"), ("figure-chart.children", "figure-request")],
)
def test_an_open_page_of_what_has_gone_meanwhile_says_so(web: Web, output: str, key: str) -> None:
    caller = Caller(web, "operator")
    (draw,) = (one for one in caller.callbacks if output in one.output)
    (named,) = (slot for slot in draw.states if slot.id == key)
    call = caller.call(draw, {}, {named: "?k=gone" if key == "figure-request" else "gone"})
    answer = json.loads(web.call("operator", call.body).body)["response"]
    assert "Lataa sivu uudelleen" in _text([part["children"] for part in answer.values()])
