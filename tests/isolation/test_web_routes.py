"""Every route with every method, walked by each viewer, the dead ones included; and the log."""

import re
import urllib.parse
from collections.abc import Iterator

import pytest

from dashboard.limits.limit import Limit
from dashboard.sign_in.paths import PASSWORD, SIGN_IN, SIGN_OUT, is_open
from tests.fixtures.cells import cells
from tests.fixtures.refusing import refusing
from tests.fixtures.tenants import SEES
from tests.fixtures.walk import DEAD, LIVING, Walk, walked
from tests.fixtures.web import NOBODY, Answer, Web
from tests.fixtures.web_calls import Caller
from tests.fixtures.web_map import AppMap, app_map

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FILLS = ("1", "2", "77", "x", "%00", "%0a", "..%2f..%2fetc%2fpasswd", "%ff", "1%20OR%201=1")
BODIES = (
    (b"", "application/x-www-form-urlencoded"),
    (urllib.parse.urlencode({"login": "beta", "password": "x" * 12}).encode(), "text/plain"),
    (b'{"output":', "application/json"),
    (b"[" * 50_000, "application/json"),
    (b"\xff\xfe\x00" * 100, "multipart/form-data; boundary=x"),
)
QUERIES = ("?p=ro/p02-pt-04&w=7d", "?token=%00&next=//evil.example", "?trial=2&id=4&sort=name")
BEYOND = (
    *("/sign-in%0a", "/pass%0aword", "/x%0aFAKE", "//live", "/live/", "/assets/../_dash-layout"),
    *("/_dash-component-suites/x", "/_dash-component-suites/../live", "/%ff", "/%00"),
    *("/_dash-component-suites/dash/..%2f..%2fserver.py", "/assets/..%2f..%2fserver.py"),
    *("/assets", "/assets/", "/_dash-ws-callback", "/docs", "/openapi.json", "/.env", "/x" * 2000),
)


def _filled(path: str) -> list[str]:
    """Return a path with its names filled, all by the same word."""
    if "{" not in path:
        return [path]
    return [re.sub(r"\{[^}]*\}", lambda _, fill=fill: fill, path) for fill in FILLS]


def _questions(found: AppMap) -> Iterator[tuple[str, str]]:
    """Yield method and path of all that is asked: every path, and one fill of it by every method.

    What a name is filled with is read after the method was found to be right, so that the other
    fills are asked for by GET alone, and by the methods that their route has.
    """
    pages = [re.sub(r"<[^>]*>", "{}", path) for path in found.pages]
    has = {(method, path) for method, path in found.routes}
    for path in sorted({path for _, path in found.routes} | set(pages)):
        first, *others = _filled(path)
        yield from ((method, first) for method in METHODS)
        yield from (("GET", first + query) for query in QUERIES)
        for other in others:
            yield "GET", other
            yield from ((method, other) for method in METHODS[1:] if (method, path) in has)
    yield from ((method, path) for path in BEYOND for method in METHODS)


@pytest.mark.parametrize("viewer", cells([*DEAD, *LIVING], quick={*DEAD, "alpha", "engineer"}))
def test_no_route_fails_or_shows_what_is_not_the_viewers(web: Web, viewer: str) -> None:
    walk, found = Walk(web, viewer), app_map(web.tenants.url)
    for method, path in _questions(found):
        walked[f"route {path.partition('?')[0]}"] += 1
        answer = web.ask(viewer, path, method=method)
        walk.judge(f"{method} {path}", answer, path)
        if "?" not in path:
            _judge_dead(viewer, path, answer.status)
        _revive(web, viewer, answer)
    for method, path in found.routes:
        for body, kind in BODIES if method == "POST" else ():
            answer = web.ask(viewer, path, method=method, body=body, headers={"Content-Type": kind})
            walk.judge(f"{method} {path} {body[:20]!r}", answer, path)
            _revive(web, viewer, answer)
    assert walk.seen <= walk.sees
    assert sum(name.startswith("route") for name in walked) > 20


def _revive(web: Web, viewer: str, answer: Answer) -> None:
    """Sign in again whom the walk may have signed out; the others never had a session."""
    if viewer in {*LIVING, "first"}:
        web.revive(viewer, answer)


def _judge_dead(viewer: str, path: str, status: int) -> None:
    """Whoever has no living session gets nothing but the way in."""
    plain = urllib.parse.unquote(path)
    may_change = viewer == "first" and plain in {PASSWORD, SIGN_OUT}
    if viewer not in DEAD or is_open(plain) or may_change:
        return
    assert status in {DEAD[viewer], 413}, f"{viewer}: {path}: {status}"


@pytest.mark.parametrize("viewer", DEAD)
def test_no_callback_answers_who_has_no_living_session(web: Web, viewer: str) -> None:
    caller = Caller(web, "operator")
    calls = [caller.call(one, place) for one in caller.callbacks for place in caller.places(one)]
    assert len(calls) >= len(caller.callbacks)
    for call in calls:
        answer = web.call(viewer, call.body)
        assert answer.status == DEAD[viewer], call.about
        assert len(answer.body) < 100
    assert web.ask(viewer, "/live").status == DEAD[viewer]


def test_a_number_that_is_not_yours_leads_where_an_unknown_one_does(web: Web) -> None:
    found = app_map(web.tenants.url)
    for viewer in (name for name in LIVING if len(SEES[name]) < 2):
        theirs = "1" if "ALPHA-CANARY" not in SEES[viewer] else "2"
        for method, path in found.routes:
            if "{" in path and "{path" not in path:
                one, other = (
                    web.ask(viewer, re.sub(r"\{[^}]*\}", fill, path), method=method)
                    for fill in (theirs, "7")
                )
                assert (one.status, one.body) == (other.status, other.body), (viewer, path)


def test_a_wall_screen_that_sends_the_password_form_is_led_to_the_sign_in(web: Web) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = web.ask("Lobby", PASSWORD, method="POST", body=b"old=a&new=b&again=b", headers=form)
    assert (answer.status, answer.headers["location"]) == (303, SIGN_IN)


def test_a_file_that_no_library_has_is_not_there_instead_of_a_failure(web: Web) -> None:
    for path in ("x", "x/y.js", "dash/nothing.js", "dash/..%2fapp.py", "%00/%00"):
        assert web.ask(NOBODY, f"/_dash-component-suites/{path}").status == 404


def test_a_form_with_too_many_fields_is_refused_and_nothing_fails(web: Web) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in (SIGN_IN, PASSWORD):
        answer = web.ask("alpha", path, method="POST", body=b"a=1&" * 50, headers=form)
        assert answer.status in {403, 429}


@pytest.mark.parametrize("name", ["Origin", "Cookie", "Accept-Language", "Accept", "Host", "Range"])
def test_no_header_makes_the_server_fail(web: Web, name: str) -> None:
    hostile = (
        "http://[",
        "\xff\xfe",
        "a=b;;=;\t",
        "virtaama_session=%00; virtaama_screen=\xe4",
        "-;q=x,*_*-,",
        "fi" * 500,
        "bytes=9-1",
        "virtaama_language=../x",
        "x/assets/?",
    )
    for value in hostile:
        for method, path in (("GET", SIGN_IN), ("GET", "/"), ("POST", SIGN_OUT), ("GET", "/live")):
            answer = web.ask("Lobby", path, method=method, headers={name: value})
            assert answer.status < 500, (name, value, method, path, answer.text[:200])


def test_a_body_without_end_is_not_read(web: Web) -> None:
    huge = {"Content-Length": "1000000000"}
    for viewer in ("alpha", NOBODY):
        for path in ("/_dash-update-component", "/sign-in"):
            assert web.ask(viewer, path, method="POST", headers=huge).status == 413
            web.close()
            chunked = {"Transfer-Encoding": "chunked"}
            assert web.ask(viewer, path, method="POST", headers=chunked).status == 413
            web.close()


def test_a_request_of_another_site_changes_nothing(web: Web) -> None:
    for method, path in app_map(web.tenants.url).routes:
        if method not in {"GET", "HEAD"}:
            for origin in ("https://evil.example", "null", ""):
                with refusing(Limit.ORIGIN, web.dashboard):
                    answer = web.ask("alpha", path, method=method, headers={"Origin": origin})
                assert answer.status == 403, (method, path)
    assert web.ask("alpha", "/live/allowed").status == 204


def test_the_log_of_all_that_holds_no_secret_and_no_failure(web: Web) -> None:
    web.check_log()
    assert "\nFAKE" not in web.dashboard.log
    assert "x" * 12 not in web.dashboard.log
