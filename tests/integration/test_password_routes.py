"""The way in, as a browser without scripts and as somebody who tries every address."""

import http.client
import re
import statistics
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from dashboard.auth.session_cache import SESSION_COOKIE
from dashboard.limits.limit import Limit
from dashboard.sign_in.paths import is_open, safe_next
from deploy.accounts import NewAccount, add_account, add_device, disable
from deploy.onboarding.find_unknown import suggested
from deploy.stack.ports import LOOPBACK
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.dashboard import SITE, SITE_LOADED_AT, DashboardProcess
from tests.fixtures.people import add_person, signed_in
from tests.fixtures.refusing import refusing
from tests.fixtures.service_process import wait_until

HTML = {"Accept": "text/html"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def cookie(self) -> str:
        found = re.search(rf"{SESSION_COOKIE}=([\w-]+)", self.headers.get("set-cookie", ""))
        return found[1] if found else ""

    @property
    def known(self) -> str:
        """The token by which the browser is known from now on."""
        found = re.search(r"virtaama_known=([\w-]+)", str(self.headers.get_all("set-cookie")))
        return found[1] if found else ""


@dataclass(frozen=True)
class House:
    url: str
    dashboard: DashboardProcess

    def ask(
        self,
        path: str,
        *,
        token: str = "",
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection(LOOPBACK, self.dashboard.port, timeout=15)
        sent = {"Cookie": f"{SESSION_COOKIE}={token}"} | (HTML if headers is None else headers)
        if form is not None:
            sent |= {"Content-Type": "application/x-www-form-urlencoded"}
            sent.setdefault("Origin", self.dashboard.url)
        body = None if form is None else urllib.parse.urlencode(form)
        connection.request("GET" if form is None else "POST", path, body, sent)
        answer = connection.getresponse()
        found = Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))
        connection.close()
        return found

    def enter(self, login: str, password: str, browser: str = "", **more: str) -> Answer:
        headers = HTML | ({"Cookie": f"virtaama_known={browser}"} if browser else {})
        form = {"login": login, "password": password} | more
        return self.ask("/sign-in", form=form, headers=headers)


@pytest.fixture(scope="module")
def house(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    load(migrated_module_url, read(SITE), now=SITE_LOADED_AT)
    folder: Path = tmp_path_factory.mktemp("door")
    with DashboardProcess(folder, migrated_module_url) as dashboard:
        yield House(migrated_module_url, dashboard)
        assert "Traceback" not in dashboard.log, dashboard.log


def test_a_password_opens_and_the_session_ends_with_the_sign_out(house: House) -> None:
    password = add_person(house.url, "maija", "operator")
    entered = house.enter("maija", password, next="/flows")
    assert (entered.status, entered.headers["location"]) == (303, "/flows")
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert "samesite=lax" in entered.headers["set-cookie"].lower()
    assert house.ask("/", token=entered.cookie).status == 200
    assert house.ask("/sign-out", token=entered.cookie, form={}).status == 303
    assert house.ask("/", token=entered.cookie).status == 303


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(house: House) -> None:
    add_person(house.url, "known", "operator")
    wrong, unknown = house.enter("known", "x" * 12), house.enter("nobody", "x" * 12)
    assert wrong.status == unknown.status == 403
    assert wrong.body.replace("known", "") == unknown.body.replace("nobody", "")
    assert not wrong.cookie


def test_a_first_password_must_be_changed_before_anything_is_seen(house: House) -> None:
    first = add_account(house.url, NewAccount("first", "First", "operator"))
    token = house.enter("first", first).cookie
    assert house.ask("/", token=token).headers["location"] == "/password"
    assert house.ask("/_dash-layout", token=token, headers={}).status == 403
    assert house.ask("/live", token=token, headers={}).status == 403
    new = "a new and longer one"
    change = {"old": first, "new": new, "again": "something else"}
    assert house.ask("/password", token=token, form=change).status == 403
    assert house.ask("/password", token=token, form=change | {"again": new}).status == 303
    wait_until(lambda: house.ask("/", token=token).status == 200, "the change does not help")


def test_tries_without_end_are_paused(house: House) -> None:
    with refusing(Limit.SIGN_INS_PER_NAME, house.dashboard):
        statuses = [house.enter("guessed", f"guess number {n}").status for n in range(12)]
    assert statuses[0] == 403
    assert statuses[-1] == 429


def test_tries_without_end_keep_nobody_of_the_plant_out_who_signed_in_there_before(
    house: House, tmp_path: Path
) -> None:
    """As from the plant's own Wi-Fi, where all come from one address."""
    roles = {"tiina": "operator", "ulla": "guest"}
    passwords = {who: add_person(house.url, who, role) for who, role in roles.items()}
    with DashboardProcess(tmp_path, house.url, sign_ins_per_address_max=8) as dashboard:
        there = replace(house, dashboard=dashboard)
        known = {who: there.enter(who, password).known for who, password in passwords.items()}
        with refusing(Limit.SIGN_INS_PER_ADDRESS, dashboard):
            for n in range(8):
                there.enter(f"tried-{n}", "guess")
        for who, status in (("tiina", 303), ("ulla", 429)):
            found = there.enter(who, passwords[who], browser=known[who])
            assert found.status == status, who
        # What a known browser tries is bounded, too.
        tries = [there.enter(f"also-{n}", "guess", browser=known["tiina"]) for n in range(8)]
        assert [one.status for one in tries] == [403] * 7 + [429]


def test_a_disabled_account_is_out_within_two_seconds(house: House) -> None:
    token = signed_in(house.url, "leaver", "operator")
    assert house.ask("/", token=token).status == 200
    disable(house.url, "leaver")
    wait_until(lambda: house.ask("/", token=token).status == 303, "the session lives on")


def test_an_open_stream_ends_when_its_session_does(house: House) -> None:
    token = signed_in(house.url, "watcher", "operator")
    connection = http.client.HTTPConnection(LOOPBACK, house.dashboard.port, timeout=15)
    connection.request("GET", "/live", headers={"Cookie": f"{SESSION_COOKIE}={token}"})
    with closing(connection), connection.getresponse() as stream:
        assert stream.read(13) == b"event: values"
        disable(house.url, "watcher")
        assert stream.read().endswith(b"event: end\ndata: {}\n\n")


def test_a_wall_screen_enters_by_its_token_and_has_no_menu_of_a_person(house: House) -> None:
    token = add_device(house.url, "Control room", "control_room", 30)
    made = house.ask(f"/screen?token={token}")
    assert made.headers["location"] == "/"
    cookie = made.headers["set-cookie"].partition(";")[0]
    shown = house.ask("/_dash-layout", headers={"Cookie": cookie})
    assert shown.status == 200
    assert "person-menu" not in shown.body
    assert house.ask("/", headers=HTML | {"Cookie": "virtaama_screen=wrong"}).status == 303


@pytest.mark.parametrize(
    "token", ["%00", "%0d%0aSet-Cookie:%20a=b", "%7f", "a;b", "%ff", "x" * 500]
)
def test_an_address_of_a_wall_screen_with_no_token_in_it_leads_to_the_sign_in(
    house: House, token: str
) -> None:
    made = house.ask(f"/screen?token={token}")
    assert (made.status, made.headers["location"]) == (303, "/")
    assert "set-cookie" not in made.headers


def test_a_form_of_another_site_is_refused(house: House) -> None:
    token = signed_in(house.url, "target", "operator")
    for origin in ("https://evil.example", "null", ""):
        headers = {"Origin": origin}
        assert house.ask("/sign-out", token=token, form={}, headers=headers).status == 403
    assert house.ask("/", token=token).status == 200


def test_who_signs_in_anew_leaves_no_living_session_behind(house: House) -> None:
    password = add_person(house.url, "again", "operator")
    before = house.enter("again", password).cookie
    elsewhere = house.enter("again", password).cookie
    form = {"login": "again", "password": password}
    now = house.ask("/sign-in", token=before, form=form).cookie
    assert len({before, elsewhere, now}) == 3
    answers = [house.ask("/", token=token).status for token in (before, elsewhere, now)]
    assert answers == [303, 200, 200]


def test_behind_https_the_browser_stays_there_and_http_is_another_origin(
    house: House, tmp_path: Path
) -> None:
    with DashboardProcess(
        tmp_path, house.url, trusted_proxies=LOOPBACK, secure_cookies=True
    ) as guarded:
        behind = House(house.url, guarded)
        https = {"X-Forwarded-Proto": "https"}
        told = "Strict-Transport-Security"
        assert "max-age=" in behind.ask("/sign-in", headers=https).headers[told]
        assert told not in behind.ask("/sign-in", headers={}).headers
        secure = guarded.url.replace("http:", "https:")
        for origin, is_ours in ((secure, True), (guarded.url, False)):
            headers = https | {"Origin": origin}
            answer = behind.ask("/sign-in", form={"login": "x", "password": "y"}, headers=headers)
            assert answer.status == 403
            assert ("does not come from our own page" not in answer.body) is is_ours


def test_every_route_without_a_session_leads_to_the_way_in_or_to_nothing(house: House) -> None:
    """Each route that the server really has, found by asking it."""
    from dashboard.server import make_app  # noqa: PLC0415 - it makes the one Dash app
    from dashboard.settings import DashboardSettings  # noqa: PLC0415

    server = make_app(DashboardSettings(database_url=house.url), suggested)  # type: ignore[arg-type]
    routes = {
        (path.replace("{path:path}", "x").replace("{", "").replace("}", ""), method)
        for route in server.routes
        if (path := getattr(route, "path", ""))
        for method in (getattr(route, "methods", None) or {"GET"})
    }
    assert ("/live", "GET") in routes
    assert ("/_dash-update-component", "POST") in routes
    asked = 0
    for path, method in sorted(routes):
        if is_open(path) or method == "HEAD":
            continue
        form = {} if method == "POST" else None
        answer = house.ask(path, form=form, headers={"Origin": house.dashboard.url})
        assert answer.status == 401, (method, path, answer.status)
        asked += 1
    assert asked >= 10
    assert house.ask("/anything/else").status == 303


def test_answers_carry_a_policy_without_inline_scripts(house: House) -> None:
    token = signed_in(house.url, "policy", "operator")
    headers = house.ask("/", token=token).headers
    script = re.search(r"script-src ([^;]*)", headers["content-security-policy"])
    assert script
    assert "unsafe" not in script[1]
    assert "'sha256-" in script[1]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "", None, "/sign-in", "/a\nb"],
)
def test_after_signing_in_nobody_is_led_elsewhere(wanted: str | None) -> None:
    assert safe_next(wanted) == "/"
    assert safe_next("/trends?p=main/a&w=24h") == "/trends?p=main/a&w=24h"


def test_an_answer_on_an_open_connection_is_not_held_back(house: House) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, house.dashboard.port, timeout=15)
    took_s = []
    with closing(connection):
        for _ in range(15):
            began_s = time.perf_counter()
            connection.request("GET", "/_favicon.ico")
            connection.getresponse().read()
            took_s.append(time.perf_counter() - began_s)
    # Without TCP_NODELAY the body waits 40 ms for the reader to confirm the head.
    assert statistics.median(took_s[1:]) < 0.02, took_s


def test_what_is_typed_is_shown_as_text(house: House) -> None:
    page = house.enter('"><script>alert(1)</script>', "x" * 12, next='/"><b>')
    assert "<script>alert" not in page.body
    assert "<b>" not in page.body


def test_the_choice_of_a_language_keeps_where_one_was_going(house: House) -> None:
    where = urllib.parse.quote("/trends?p=main/a&w=7d", safe="")
    page = house.ask(f"/sign-in?next={where}").body
    link = re.search(r'href="(/sign-in\?language=sv[^"]*)"', page)
    assert link
    again = house.ask(link[1].replace("&amp;", "&")).body
    assert 'value="/trends?p=main/a&amp;w=7d"' in again


def test_signing_in_and_failing_is_in_the_access_log(house: House) -> None:
    password = add_person(house.url, "logged", "operator")
    house.enter("logged", "wrong password")
    house.enter("logged", password)
    with psycopg.connect(house.url) as connection:
        actions = connection.execute(
            "SELECT action FROM access_log JOIN account USING (account_id)"
            " WHERE login = 'logged' ORDER BY at"
        ).fetchall()
    assert [action for (action,) in actions][-2:] == ["sign_in_failed", "sign_in"]
