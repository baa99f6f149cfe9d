"""The page of the second factor, as a browser without scripts and as somebody at an open screen."""

import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyotp
import pytest

from dashboard.auth import totp
from dashboard.auth.auth_store import AuthStore
from dashboard.auth.second_factor import Request, SecondFactor
from dashboard.auth.sessions import token_hash
from dashboard.auth.totp_keys import TotpKeys
from deploy.accounts import NewAccount, add_account, add_device, enrol_totp
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.dashboard import SITE, SITE_LOADED_AT, TOTP_KEY, DashboardProcess
from tests.fixtures.oidc import PlainBrowser, message_of
from tests.fixtures.people import Connections, add_person

PAGE = "/second-factor"
REFUSED = "Name, password or code is wrong, or the account is locked for a while."


@dataclass(frozen=True)
class House:
    url: str
    dashboard: DashboardProcess

    def person(self, login: str) -> tuple[PlainBrowser, str]:
        """Make a person and return a browser in which it is signed in, and the password."""
        password = add_person(self.url, login, "operator")
        return self.enter(login, password), password

    def enter(self, login: str, password: str) -> PlainBrowser:
        browser = PlainBrowser(self.dashboard.url)
        browser.get("/sign-in?language=en")
        assert browser.post("/sign-in", login=login, password=password).status_code == 303
        return browser

    def owner(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def secret(self, login: str) -> str | None:
        stored = self.owner("SELECT totp_secret FROM account WHERE login = %s", login)[0][0]
        return stored and TotpKeys([TOTP_KEY]).decrypt(stored)


@pytest.fixture(scope="module")
def house(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    load(migrated_module_url, read(SITE), now=SITE_LOADED_AT)
    folder: Path = tmp_path_factory.mktemp("second-factor")
    with DashboardProcess(folder, migrated_module_url) as dashboard:
        yield House(migrated_module_url, dashboard)
        assert "Traceback" not in dashboard.log, dashboard.log


def _offered(page: str) -> str:
    found = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
    assert found, page
    return found[1]


def _code(secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def test_a_person_sets_the_factor_and_is_asked_for_it_from_then_on(house: House) -> None:
    browser, password = house.person("maija")
    page = browser.get(PAGE)
    secret = _offered(page.text)
    assert house.secret("maija") is None
    shown = " ".join(secret[at : at + 4] for at in range(0, 32, 4))
    assert shown in page.text
    code = _code(secret)
    set_ = browser.post(PAGE, secret=secret, password=password, code=code)
    assert (set_.status_code, set_.headers["location"]) == (303, PAGE)
    assert house.secret("maija") == secret
    assert "Two-step sign-in is on" in browser.get(PAGE).text
    assert secret not in browser.get(PAGE).text
    other = PlainBrowser(house.dashboard.url)
    assert other.post("/sign-in", login="maija", password=password).status_code == 401
    again = other.post("/sign-in", login="maija", password=password, code=code)
    assert again.status_code == 403, "the code that set the factor opens nothing"
    entered = other.post("/sign-in", login="maija", password=password, code=_code(secret, steps=1))
    assert entered.status_code == 303


def test_the_picture_is_drawn_without_scripts_and_holds_what_the_text_says(house: House) -> None:
    browser, _ = house.person("viewer")
    page = browser.get(PAGE)
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "img-src 'self' data:" in page.headers["content-security-policy"]
    source = re.search(r'<img class="sign-in-qr" src="data:image/svg\+xml[^,]*,([^"]+)"', page.text)
    assert source
    svg = urllib.parse.unquote(source[1])
    assert svg.startswith("<svg")
    assert "<script" not in svg
    # Another opening offers another secret.
    assert _offered(page.text) != _offered(browser.get(PAGE).text)


@pytest.mark.parametrize(
    ("password", "code", "secret"),
    [
        ("wrong password", "right", "offered"),
        ("right", "000000", "offered"),
        ("right", "", "offered"),
        ("right", "123456", "MZXW6YTB"),
        ("right", "123456", '"><script>alert(1)</script>'),
    ],
)
def test_without_password_and_code_nothing_counts(
    house: House, password: str, code: str, secret: str
) -> None:
    login = f"careless-{len(password)}-{len(code)}-{len(secret)}"
    browser, right = house.person(login)
    offered = _offered(browser.get(PAGE).text)
    tried = offered if secret == "offered" else secret
    answer = browser.post(
        PAGE,
        secret=tried,
        password=right if password == "right" else password,
        code=_code(tried) if code == "right" else code,
    )
    assert (answer.status_code, message_of(answer)) == (403, REFUSED)
    assert house.secret(login) is None
    if secret == "offered":
        assert _offered(answer.text) == offered, "what was scanned stays good"
    assert "<script" not in answer.text


def test_the_factor_is_removed_with_password_and_a_fresh_code(house: House) -> None:
    browser, password = house.person("remover")
    secret = _offered(browser.get(PAGE).text)
    code = _code(secret)
    browser.post(PAGE, secret=secret, password=password, code=code)
    assert browser.post(PAGE, password=password, code=code).status_code == 403
    assert browser.post(PAGE, password="x" * 12, code=_code(secret, steps=1)).status_code == 403
    assert house.secret("remover") == secret
    removed = browser.post(PAGE, password=password, code=_code(secret, steps=1))
    assert removed.status_code == 303
    assert house.secret("remover") is None
    actions = house.owner(
        "SELECT action, object FROM access_log JOIN account USING (account_id)"
        " WHERE login = 'remover' ORDER BY at"
    )
    assert actions[-4:] == [
        ("second_factor_set", ""),
        ("sign_in_failed", "second_factor"),
        ("sign_in_failed", "second_factor"),
        ("second_factor_removed", ""),
    ]


def test_a_factor_is_not_replaced_by_whoever_finds_an_open_page(house: House) -> None:
    browser, password = house.person("holder")
    enrol_totp(house.url, "holder", TotpKeys([TOTP_KEY]))
    mine = totp.new_secret()
    answer = browser.post(PAGE, secret=mine, password=password, code=_code(mine))
    assert answer.status_code == 403
    assert house.secret("holder") != mine


def test_the_other_sessions_end_when_the_factor_changes(house: House) -> None:
    browser, password = house.person("owner")
    elsewhere = house.enter("owner", password)
    secret = _offered(browser.get(PAGE).text)
    browser.post(PAGE, secret=secret, password=password, code=_code(secret))
    assert house.owner(
        "SELECT count(*) FROM account_session JOIN account USING (account_id)"
        " WHERE login = 'owner' AND revoked_at IS NULL"
    ) == [(1,)]
    assert browser.get(PAGE).status_code == 200
    assert elsewhere.session


def test_guessing_at_an_open_page_locks_the_account(house: House) -> None:
    browser, password = house.person("guessed")
    secret = _offered(browser.get(PAGE).text)
    for guess in range(10):
        assert browser.post(PAGE, secret=secret, password=f"guess {guess}", code="1").is_error
    answer = browser.post(PAGE, secret=secret, password=password, code=_code(secret))
    assert (answer.status_code, house.secret("guessed")) == (403, None)


def test_two_at_once_set_one_factor(house: House) -> None:
    browser, password = house.person("racer")
    auth_store, now = AuthStore(Connections(house.url), TotpKeys([TOTP_KEY])), datetime.now(UTC)
    first, second = totp.new_secret(), totp.new_secret()
    page = SecondFactor(auth_store)
    page.set(Request(browser.session, password, pyotp.TOTP(first).at(now)), first, now)
    step = totp.step_of(pyotp.TOTP(second).at(now), second, now)
    assert step is not None
    assert not auth_store.set_second_factor(token_hash(browser.session), second, step, "")
    assert house.secret("racer") == first


def test_only_a_person_who_is_in_gets_the_page(house: House) -> None:
    nobody = PlainBrowser(house.dashboard.url)
    assert nobody.get(PAGE).headers["location"].startswith("/sign-in")
    assert nobody.post(PAGE, password="x", code="1").status_code == 401
    first = add_account(house.url, NewAccount("first", "First", "operator"))
    assert house.enter("first", first).get(PAGE).headers["location"] == "/password"
    screen = PlainBrowser(house.dashboard.url)
    screen.get(f"/screen?token={add_device(house.url, 'Hall', 'control_room', 1)}")
    assert screen.get(PAGE).headers["location"] == "/"
    assert screen.post(PAGE, password="x", code="1").headers["location"] == "/"


def test_the_secret_is_in_no_log(house: House) -> None:
    browser, password = house.person("private")
    secret = _offered(browser.get(PAGE).text)
    browser.post(PAGE, secret=secret, password=password, code=_code(secret))
    assert house.secret("private") == secret
    assert secret not in house.dashboard.log
    assert password not in house.dashboard.log
