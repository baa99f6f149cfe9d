"""An address that is not there and one that is not yours are answered alike; strangers sign in."""

import json
import re
import struct
from typing import Any

import pytest

from dashboard.sign_in.paths import PASSWORD, SIGN_IN
from tests.fixtures.walk import LIVING
from tests.fixtures.web import ALPHA_POINT, BETA_POINT, NOBODY, Answer, Web
from tests.fixtures.web_calls import Caller

DOCUMENT = {"Accept": "text/html"}
PLANT_PAGES = ("/flows", "/energy", "/quality")
COMPANIES = ("alpha", "beta", "guest", "early")
STAFF = ("operator", "engineer", "administrator", "Control room", "Lobby")


def _document(web: Web, viewer: str, path: str) -> Answer:
    return web.ask(viewer, path, headers=DOCUMENT)


def _shown(answer: Answer) -> str:
    """Return a document without the id that Dash invents for each."""
    return re.sub(r'"end_id":"[^"]*"', "", answer.text)


def _content(caller: Caller, web: Web, viewer: str, path: str) -> Any:
    """Return what the page's router answers, without the address that was asked for."""
    (call,) = caller.pages(path)
    return json.loads(web.call(viewer, call.body).text.replace(path, "…"))


@pytest.mark.parametrize("viewer", LIVING)
def test_an_unknown_address_is_a_page_that_says_so_and_a_404(web: Web, viewer: str) -> None:
    for path in ("/nothing", "/trends/x", "/flows/1", "/x/y/z", "/not-found-404", "/pages/none"):
        answer = _document(web, viewer, path)
        assert answer.status == 404, path
        assert "react-entry-point" in answer.text  # the frame, with the way to the other pages
    for path in ("/", "/trends", "/trends?p=main/x&w=24h", "/trials"):
        assert _document(web, viewer, path).status == 200, path


@pytest.mark.parametrize("viewer", [NOBODY, "alpha"])
def test_a_mistyped_address_of_a_file_is_told_in_words(web: Web, viewer: str) -> None:
    """It was a line of JSON."""
    path = "/assets/blower_1"
    answer = _document(web, viewer, path)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>" in answer.text
    assert '<a href="/">' in answer.text
    assert "<h1>" not in web.ask(viewer, path).text  # a program is told in one sentence


def test_a_stranger_is_led_to_the_sign_in_whether_the_address_is_there_or_not(web: Web) -> None:
    for path in ("/flows", "/nothing", "/trials/1", "/trials/77"):
        answer = _document(web, NOBODY, path)
        assert answer.status == 303
        assert answer.headers["location"].startswith(f"{SIGN_IN}?next=")


@pytest.mark.parametrize("viewer", COMPANIES)
def test_a_page_of_the_plant_is_not_there_for_a_company(web: Web, viewer: str) -> None:
    """It was a page of empty cards."""
    caller = Caller(web, viewer)
    nothing = _content(caller, web, viewer, "/nothing")
    for path in PLANT_PAGES:
        answer, other = _document(web, viewer, path), _document(web, viewer, "/nothing")
        assert (answer.status, other.status) == (404, 404)
        assert _shown(answer) == _shown(other)
        assert _content(caller, web, viewer, path) == nothing


@pytest.mark.parametrize("viewer", STAFF)
def test_a_page_of_the_plant_is_there_for_its_people(web: Web, viewer: str) -> None:
    for path in PLANT_PAGES:
        assert _document(web, viewer, path).status == 200


def test_a_trial_that_is_not_yours_is_as_unknown_as_one_that_is_not_there(web: Web) -> None:
    assert _document(web, "alpha", "/trials/1").status == 200
    assert _document(web, "engineer", "/trials/2").status == 200
    theirs, nobodys = (_document(web, "alpha", f"/trials/{number}") for number in (2, 77))
    assert (theirs.status, _shown(theirs)) == (404, _shown(nobodys))
    for path in ("/trials/x", "/trials/1/x", "/trials/-1", "/trials/9999999999"):
        assert _document(web, "engineer", path).status == 404, path


def test_a_page_is_not_two_trials_at_once(web: Web) -> None:
    """Trial 2 stood at the address, and below the name, of trial 1."""
    caller = Caller(web, "engineer")
    answers = [
        json.loads(web.call("engineer", call.body).text)["response"]["_pages_content"]["children"]
        for path, search in (
            ("/trials/1", "?trial_id=2"),
            ("/trials/1", "?trial_id="),
            ("/nothing", ""),
            ("/trials/1", "?w=24h"),
        )
        for call in caller.pages(path, search)
    ]
    assert answers[0] == answers[1] == answers[2] != answers[3]


@pytest.mark.parametrize(
    ("path", "search", "left_out"),
    [
        ("/alarms/definitions", "?prio=high&priority=medium&q=pump", "prio=high"),
        ("/alarms/definitions", "?watch=dogs", "watch=dogs"),
        ("/alarms/performance", "?days=2&operators=3", "days=2"),
        ("/alarms/performance", "?weeks=1&days=30", "weeks=1"),
    ],
)
def test_a_filter_that_a_page_does_not_know_is_said(
    web: Web, path: str, search: str, left_out: str
) -> None:
    (call,) = Caller(web, "engineer").pages(path, search)
    assert f'tettiin pois: {left_out}"' in web.call("engineer", call.body).text


@pytest.mark.parametrize("viewer", [NOBODY, "first", "Lost", "alpha"])
def test_the_icon_of_the_tab_needs_no_sign_in(web: Web, viewer: str) -> None:
    icon = web.ask(viewer, "/favicon.ico")
    assert (icon.status, icon.headers["content-type"]) == (200, "image/x-icon")
    assert web.ask(viewer, "/assets/favicon.ico").body == icon.body
    assert 'rel="icon" href="/assets/favicon.ico"' in web.ask(NOBODY, SIGN_IN).text


@pytest.mark.parametrize("viewer", [NOBODY, "first", "Lost", "alpha"])
def test_a_phone_installs_the_dashboard_without_a_session_and_learns_nothing_of_the_plant(
    web: Web, viewer: str
) -> None:
    found = web.ask(viewer, "/manifest.webmanifest")
    assert (found.status, found.headers["content-type"]) == (200, "application/manifest+json")
    manifest = json.loads(found.body)
    assert (manifest["name"], manifest["display"], manifest["start_url"]) == (
        *("Virtaama", "standalone"),
        "/",
    )
    for icon in manifest["icons"]:
        picture = web.ask(viewer, icon["src"]).body
        assert picture.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", picture[16:24])  # where the head of a PNG has them
        assert icon["sizes"] == f"{width}x{height}"
    sign_in = web.ask(NOBODY, SIGN_IN).text
    assert 'rel="manifest" href="/manifest.webmanifest"' in sign_in
    touch = re.search(r'rel="apple-touch-icon" href="([^"]+)"', sign_in)
    assert touch
    assert web.ask(viewer, touch[1]).status == 200
    assert sign_in.count('name="theme-color"') == 2  # of a light and of a dark system


def test_the_page_that_changes_a_password_has_a_way_back(web: Web) -> None:
    assert '<a href="/">' in web.ask("alpha", PASSWORD).text
    # Whoever must change the first one has nowhere to go back to, also after a mistake.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    mistaken = web.ask("first", PASSWORD, method="POST", body=b"old=a&new=b&again=c", headers=form)
    for answer in (web.ask("first", PASSWORD), mistaken):
        assert '<a href="/">' not in answer.text
        assert "sign-out" in answer.text


@pytest.mark.parametrize("viewer", ["alpha", "engineer", "Lobby"])
def test_a_point_in_an_address_that_is_not_there_or_not_yours_is_said(
    web: Web, viewer: str
) -> None:
    caller = Caller(web, viewer)
    (draw,) = (one for one in caller.callbacks if "trend-chart.children" in one.output)
    (asked,) = (slot for slot in draw.inputs if slot.id == "trend-request")

    def said(name: str) -> str:
        call = caller.call(draw, {}, {asked: f"?p={ALPHA_POINT},{name}&w=24h"}, asked)
        shown = json.loads(web.call(viewer, call.body).body)["response"]["trend-text"]["children"]
        return json.dumps(shown, ensure_ascii=False).replace(name, "…")

    nobodys = said("main/no-such-point")
    assert "ei ole mittauspistettä" in nobodys
    theirs = {"alpha": BETA_POINT, "Lobby": ALPHA_POINT}.get(viewer)
    if theirs is not None:
        assert "ei ole mittauspistettä" in said(theirs)
    if viewer == "engineer":
        assert "ei ole mittauspistettä" not in said(BETA_POINT)
    if viewer == "alpha":
        assert _without_time(said(BETA_POINT)) == _without_time(nobodys)


def _without_time(text: str) -> str:
    return re.sub(r"\d+", "#", text)
