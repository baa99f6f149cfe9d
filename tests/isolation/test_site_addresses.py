"""The site in the address: whoever sees several chooses, whoever sees one learns of no other."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.fixtures.second_site import OTHER, SECOND_STAFF, add_second_site
from tests.fixtures.web import Answer, Web, serving
from tests.fixtures.web_calls import Caller

DOCUMENT = {"Accept": "text/html"}
OF_FIRST_SITE = ("operator", "engineer", "administrator", "Control room", "Lobby", "alpha")


@pytest.fixture(scope="module")
def web(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Two sites in a running dashboard."""
    with serving(migrated_module_url, tmp_path_factory.mktemp("sites")) as found:
        add_second_site(found.tenants)
        for login in (*SECOND_STAFF[:3], "both", "nowhere", "gamma", "gamma-guest"):
            found.open_session(login)
        yield found


def _document(web: Web, viewer: str, path: str, **cookies: str) -> Answer:
    more = "".join(f"; {name}={value}" for name, value in cookies.items())
    return web.ask(viewer, path, headers={**DOCUMENT, "Cookie": web.cookies[viewer] + more})


def _shown(answer: Answer) -> str:
    """Return a document without the site that was asked for, and the id that Dash invents."""
    text = re.sub(r'"end_id":"[^"]*"', "", answer.text)
    return re.sub(r"(/|\\u002f)site(/|\\u002f)(t|zz)\b", "…", text)


@pytest.mark.parametrize("viewer", OF_FIRST_SITE)
def test_another_site_is_as_unknown_as_one_that_is_not_there(web: Web, viewer: str) -> None:
    for rest in ("/", "/trends", "/trials/3", "/trials"):
        theirs, nobodys = (_document(web, viewer, f"/site/{key}{rest}") for key in ("t", "zz"))
        assert (theirs.status, nobodys.status) == (404, 404), rest
        assert _shown(theirs) == _shown(nobodys)
    frame = web.ask(viewer, "/site/t/_dash-layout").text
    assert OTHER not in frame
    assert "Kathmandu" not in frame
    assert frame == web.ask(viewer, "/site/zz/_dash-layout").text.replace("/site/zz", "/site/t")
    assert web.ask(viewer, "/site/t/live").status == web.ask(viewer, "/site/zz/live").status == 404


@pytest.mark.parametrize("viewer", OF_FIRST_SITE)
def test_whoever_sees_one_site_sees_nothing_of_a_choice(web: Web, viewer: str) -> None:
    assert _document(web, viewer, "/").status == 200
    moved = _document(web, viewer, "/site/s/trends?w=24h")
    assert (moved.status, moved.headers["location"]) == (303, "/trends?w=24h")
    frame = web.ask(viewer, "/_dash-layout").text
    assert "site-switcher" not in frame
    assert "/site/" not in frame
    assert "/comparison" not in frame
    assert _document(web, viewer, "/comparison").status == 404


@pytest.mark.parametrize("viewer", OF_FIRST_SITE)
def test_no_callback_answers_with_another_site(web: Web, viewer: str) -> None:
    caller = Caller(web, viewer)
    asked = 0
    for path in caller.page_paths(("3", "1")):
        for call in caller.pages(path):
            answer = web.ask(
                viewer,
                "/site/t/_dash-update-component",
                method="POST",
                body=json.dumps(call.body).encode(),
                headers={"Content-Type": "application/json"},
            )
            assert OTHER not in answer.text, path
            asked += 1
    assert asked > 5


def test_whoever_sees_several_is_led_to_an_address_with_a_site(web: Web) -> None:
    for path, target in (
        ("/", "/site/s/"),
        ("/trends?w=24h", "/site/s/trends?w=24h"),
        ("/trials/3", "/site/t/trials/3"),
        ("/site/s/trials/3", "/site/t/trials/3"),
        ("/site/t/trials/1", "/site/s/trials/1"),
    ):
        moved = _document(web, "both", path)
        assert (moved.status, moved.headers["location"]) == (303, target), path
    assert _document(web, "both", "/site/t/trends").status == 200
    assert _document(web, "both", "/site/t").status == 308
    assert _document(web, "both", "/trends", virtaama_site="t").headers["location"] == (
        "/site/t/trends"
    )
    assert _document(web, "both", "/", virtaama_site="../x").headers["location"] == "/site/s/"


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("/trends?w=7d&p=main/x", "/trends?w=7d"),
        ("/trends", "/trends"),
        ("/key-figures?k=specific_energy&w=7d", "/key-figures?k=specific_energy&w=7d"),
        ("/trials/3", "/trials/3"),
        ("/trials/1", "/"),  # it is at the other site
        ("/asset/x", "/"),
        ("/supply", "/"),  # the site has nothing of it
        ("/nowhere", "/"),
        ("", "/"),
        ("//evil.example/trends", "/trends"),
        ("https://evil.example/trends", "/trends"),
        ("//[", "/"),
    ],
)
def test_another_site_is_opened_at_the_page_that_was_open_if_it_has_that(
    web: Web, shown: str, kept: str
) -> None:
    moved = _document(web, "both", f"/site/t/?page={quote(shown, safe='')}")
    assert (moved.status, moved.headers["location"]) == (303, f"/site/t{kept}")


def test_every_address_of_a_page_stays_at_its_site(web: Web) -> None:
    frame = web.ask("both", "/site/t/_dash-layout").text
    assert OTHER in frame
    assert "Asia/Kathmandu" in frame
    assert "site-switcher" in frame
    links = set(re.findall(r'"href": ?"(/[^"]*)"', frame))
    assert {"/site/s/", "/site/t/", "/site/t/trends", "/site/t/comparison"} <= links
    assert all(link.startswith("/site/") for link in links), links
    config = _document(web, "both", "/site/t/trends").text
    assert "requests_pathname_prefix" in config
    assert re.search(r'"requests_pathname_prefix":"(/|\\u002f)site(/|\\u002f)t', config)
    assert 'data-prefix="/site/t" data-root=""' in config


@pytest.mark.parametrize(("key", "points"), [("s", {"1", "2", "3", "4"}), ("t", {"5", "6"})])
def test_the_stream_of_a_site_holds_its_values_only(web: Web, key: str, points: set[str]) -> None:
    with web.stream("both", f"/site/{key}/live") as stream:
        seen: dict[str, object] = {}
        while not seen:  # the first frame may come before the first snapshot
            line = stream.readline().decode()
            if line.startswith("data: "):
                seen = json.loads(line.removeprefix("data: ")).get("points", {})
    assert set(seen) == points


def test_a_stranger_comes_back_to_the_site_after_signing_in(web: Web) -> None:
    answer = _document(web, "nobody", "/site/t/trends?w=24h")
    assert answer.headers["location"] == "/sign-in?next=%2Fsite%2Ft%2Ftrends%3Fw%3D24h"


def test_sites_are_compared_for_who_sees_several_and_nobody_else(web: Web) -> None:
    assert _document(web, "both", "/site/t/comparison").status == 200
    (shown,) = Caller(web, "both").pages("/comparison")
    page = web.call("both", shown.body)
    assert page.status == 200
    assert "Vain yhdellä laitoksella" in json.dumps(json.loads(page.body), ensure_ascii=False)
    export = web.ask("both", "/site/t/comparison.csv?w=day")
    assert export.status == 200
    assert export.text.lstrip("\ufeff").startswith("key_figure;name;unit;site")
    for viewer in (*OF_FIRST_SITE, "gamma", "gamma-guest", "other-operator"):
        assert web.ask(viewer, "/comparison.csv").status == 404, viewer
