"""Signing in through a real OpenID Connect provider, and everything that must not open the door."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pyotp
import pytest

from dashboard.auth.auth_store import AuthorizationState, AuthStore
from dashboard.auth.errors import ProviderAway, SignInPaused
from dashboard.auth.oidc_login import OidcSignIn
from dashboard.auth.oidc_provider import Provider, ProviderAccess
from dashboard.auth.password_login import SignInLimits
from dashboard.auth.sessions import token_hash
from dashboard.auth.totp_keys import TotpKeys
from dashboard.limits.limit import Limit
from deploy.accounts import NewAccount, add_account, disable, enrol_totp, link_oidc
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.dashboard import SITE, SITE_LOADED_AT, TOTP_KEY, DashboardProcess
from tests.fixtures.oidc import CLIENT_ID, CLIENT_SECRET, OidcProvider, PlainBrowser, message_of
from tests.fixtures.people import Connections, add_person
from tests.fixtures.refusing import refusing

REFUSED = "Name, password or code is wrong, or the account is locked for a while."


@dataclass(frozen=True)
class House:
    url: str
    dashboard: DashboardProcess
    provider: OidcProvider

    def browser(self) -> PlainBrowser:
        browser = PlainBrowser(self.dashboard.url)
        browser.get("/sign-in?language=en")
        return browser

    def owner(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def log_of(self, login: str) -> list[tuple]:
        return self.owner(
            "SELECT action, object FROM access_log JOIN account USING (account_id)"
            " WHERE login = %s ORDER BY at",
            login,
        )

    def linked(self, login: str, subject: str = "") -> str:
        """Make a person who is linked to a subject of the provider, and return the subject."""
        add_person(self.url, login, "operator")
        link_oidc(self.url, login, self.provider.issuer, subject or f"s-{login}")
        return subject or f"s-{login}"


@pytest.fixture(scope="module")
def house(
    migrated_module_url: str, oidc_provider: OidcProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    load(migrated_module_url, read(SITE), now=SITE_LOADED_AT)
    folder: Path = tmp_path_factory.mktemp("oidc")
    with DashboardProcess(folder, migrated_module_url, **oidc_provider.settings) as dashboard:
        yield House(migrated_module_url, dashboard, oidc_provider)
        assert "Traceback" not in dashboard.log, dashboard.log


def test_a_linked_person_enters_and_leaves(house: House) -> None:
    house.provider.sit(house.linked("maija"))
    browser = house.browser()
    assert 'href="/sign-in/oidc?next=%2Fflows"' in browser.get("/sign-in?next=/flows").text
    entered = browser.sign_in("/flows")
    assert (entered.status_code, entered.headers["location"]) == (303, "/flows")
    cookie = next(one for one in entered.headers.get_list("set-cookie") if "session=" in one)
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert browser.get("/flows").status_code == 200
    assert house.log_of("maija")[-1] == ("sign_in", "oidc")
    assert browser.post("/sign-out").status_code == 303
    assert browser.get("/flows").status_code == 303


def test_the_browser_carries_state_nonce_and_challenge_and_no_secret(house: House) -> None:
    browser = house.browser()
    left = browser.get("/sign-in/oidc")
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    assert "code_verifier" not in asked
    cookie = left.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/sign-in/oidc" in cookie
    assert asked["state"][0] not in cookie


def test_a_verified_address_links_an_account_of_that_name_once(house: House) -> None:
    add_person(house.url, "olli@otsoni.example", "operator")
    house.provider.sit("s-olli", email="Olli@Otsoni.example", email_verified=True)
    browser = house.browser()
    assert browser.sign_in().status_code == 303
    log = house.log_of("olli@otsoni.example")
    assert log[-2:] == [("sign_in", "oidc"), ("oidc_linked", "verified e-mail")]
    house.provider.sit("s-another", email="olli@otsoni.example", email_verified=True)
    assert message_of(house.browser().sign_in()) == REFUSED
    house.provider.sit("s-olli", email="changed@otsoni.example", email_verified=True)
    assert house.browser().sign_in().status_code == 303


def test_an_address_that_only_userinfo_tells_links_too(house: House) -> None:
    add_person(house.url, "ulla@vesi.example", "operator")
    claims = {"email": "ulla@vesi.example", "email_verified": True}
    house.provider.sit("s-ulla", fault="userinfo", **claims)
    assert house.browser().sign_in().status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "eeva@vesi.example"},
        {"email": "eeva@vesi.example", "email_verified": False},
        {"email": "eeva@vesi.example", "email_verified": "true"},
        {"email": "eeva@vesi.example\0", "email_verified": True},
        {"email": "eeva@vesi.e\u212aample", "email_verified": True},
        {"email": ["eeva@vesi.example"], "email_verified": True},
        {"email": "nobody@vesi.example", "email_verified": True},
    ],
)
def test_whom_no_account_knows_gets_the_answer_of_a_wrong_password(
    house: House, claims: dict[str, object]
) -> None:
    if not house.owner("SELECT 1 FROM account WHERE login = 'eeva@vesi.example'"):
        add_person(house.url, "eeva@vesi.example", "operator")
    house.provider.sit("s-unknown", **claims)
    browser = house.browser()
    refused = browser.sign_in()
    wrong = browser.post("/sign-in", login="", password="x" * 12, next="/")
    assert refused.status_code == wrong.status_code == 403
    assert refused.text == wrong.text
    assert message_of(refused) == REFUSED
    assert not browser.session
    assert house.owner("SELECT oidc_subject FROM account WHERE login ~ '^eeva'") == [(None,)]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("nonce", "'nonce'"),
        ("audience", "'aud'"),
        ("audience_azp", "'aud'"),
        ("expired", "ExpiredTokenError"),
        ("issuer", "'iss'"),
        ("signature", "BadSignatureError"),
        ("unsigned", "Algorithm"),
        ("shared", "Algorithm"),
        ("subject", "control characters"),
        ("denied", "sent no code"),
    ],
)
def test_a_proof_that_proves_nothing_opens_nothing(house: House, fault: str, why: str) -> None:
    subject = "s-victim"
    if not house.owner("SELECT 1 FROM account WHERE login = 'victim'"):
        house.linked("victim", subject)
    house.provider.sit(subject, fault=fault, email="victim@vesi.example")
    browser = house.browser()
    said = len(house.dashboard.log)
    refused = browser.sign_in()
    assert why in house.dashboard.log[said:]
    assert (refused.status_code, message_of(refused)) == (403, REFUSED)
    assert not browser.session
    opened = "SELECT 1 FROM account_session JOIN account USING (account_id) WHERE login = 'victim'"
    assert house.owner(opened) == []
    action = "SELECT action, object FROM access_log ORDER BY at DESC LIMIT 1"
    assert house.owner(action) == [("sign_in_failed", "oidc")]


def test_a_return_counts_once(house: House) -> None:
    house.provider.sit(house.linked("replayed"))
    browser = house.browser()
    back = browser.leave()
    token = browser.provider_token
    assert browser.get(back).status_code == 303
    browser.post("/sign-out")
    browser.provider_token = token
    assert message_of(browser.get(back)) == REFUSED
    assert browser.get("/").status_code == 303


def test_a_return_of_another_browser_opens_nothing(house: House) -> None:
    house.provider.sit(house.linked("lured"))
    theirs, ours = house.browser(), house.browser()
    back = theirs.leave()
    assert message_of(ours.get(back)) == REFUSED
    ours.leave()
    assert message_of(ours.get(back)) == REFUSED
    assert not ours.session
    assert theirs.get(back).status_code == 303


def test_a_return_that_comes_too_late_opens_nothing(house: House) -> None:
    house.provider.sit(house.linked("late"))
    browser = house.browser()
    back = browser.leave()
    house.owner("UPDATE oidc_departure SET expires_at = now() RETURNING 1")
    assert message_of(browser.get(back)) == REFUSED


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=%00&code=%00", "?code=a&state=" + "s" * 9000]
)
def test_a_return_without_sense_is_refused_and_nothing_fails(house: House, query: str) -> None:
    assert house.browser().get(f"/sign-in/oidc/return{query}").status_code == 403


def test_a_closed_account_stays_closed(house: House) -> None:
    house.provider.sit(house.linked("leaver"))
    disable(house.url, "leaver")
    assert message_of(house.browser().sign_in()) == REFUSED
    assert house.log_of("leaver")[-1] == ("sign_in_failed", "oidc")


def test_who_guesses_at_the_password_does_not_lock_out_whom_the_provider_vouches_for(
    house: House,
) -> None:
    house.provider.sit(house.linked("locked"))
    house.owner(
        "UPDATE account SET locked_until = now() + interval '1 minute' WHERE login = 'locked'"
        " RETURNING 1"
    )
    entered = house.browser().sign_in()
    assert (entered.status_code, message_of(entered)) == (303, "")


def test_after_a_first_password_nothing_must_be_changed_and_it_opens_nothing_more(
    house: House,
) -> None:
    first = add_account(house.url, NewAccount("new", "New", "operator"))
    link_oidc(house.url, "new", house.provider.issuer, "s-new")
    house.provider.sit("s-new")
    browser = house.browser()
    assert browser.sign_in().status_code == 303
    assert browser.get("/").status_code == 200
    other = house.browser()
    assert other.post("/sign-in", login="new", password=first).status_code == 403


def test_a_second_factor_is_asked_for_on_this_way_too(house: House) -> None:
    house.provider.sit(house.linked("careful"))
    secret = parse_qs(urlsplit(enrol_totp(house.url, "careful", TotpKeys([TOTP_KEY]))).query)[
        "secret"
    ][0]
    browser = house.browser()
    asked = browser.sign_in("/flows")
    assert asked.headers["location"] == "/sign-in/oidc/code?next=%2Fflows"
    assert 'name="code"' in browser.get(asked.headers["location"]).text
    assert not browser.session
    assert browser.get("/flows").headers["location"].startswith("/sign-in")
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    wrong = browser.post("/sign-in/oidc/code", code="000000" if code != "000000" else "1", next="/")
    assert message_of(wrong) == REFUSED
    # One code for each way through the provider.
    assert message_of(browser.post("/sign-in/oidc/code", code=code, next="/")) == REFUSED
    browser.sign_in()
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    entered = browser.post("/sign-in/oidc/code", code=code, next="/flows")
    assert (entered.status_code, entered.headers["location"]) == (303, "/flows")
    assert browser.get("/flows").status_code == 200


@pytest.mark.parametrize("target", ["//evil.example", "/%5Cevil.example", "https://evil.example"])
def test_nobody_is_led_elsewhere(house: House, target: str) -> None:
    if not house.owner("SELECT 1 FROM account WHERE login = 'led'"):
        house.linked("led")
    house.provider.sit("s-led")
    assert house.browser().sign_in(target).headers["location"] == "/"


def test_a_new_key_of_the_provider_is_fetched(house: House) -> None:
    house.provider.sit(house.linked("rotated"), fault="rotated")
    assert house.browser().sign_in().status_code == 303


def test_a_provider_that_talks_nonsense_is_away(house: House) -> None:
    house.provider.sit(house.linked("patient"), fault="nonsense")
    answer = house.browser().sign_in()
    assert answer.status_code == 503
    assert message_of(answer).startswith("Your organisation's sign-in service does not answer.")


def test_a_provider_that_is_away_does_not_keep_a_password_out(house: House, tmp_path: Path) -> None:
    password = add_person(house.url, "steady", "operator")
    link_oidc(house.url, "steady", house.provider.issuer, "s-steady")
    house.provider.sit("s-steady")
    waiting = house.browser()
    back = waiting.leave()
    house.provider.stop()
    try:
        away = waiting.get(back)
        assert away.status_code == 503
        with DashboardProcess(tmp_path, house.url, **house.provider.settings) as dashboard:
            browser = PlainBrowser(dashboard.url)
            assert browser.get("/sign-in/oidc").status_code == 503
            entered = browser.post("/sign-in", login="steady", password=password)
            assert entered.status_code == 303
            house.provider.start()
            house.provider.sit("s-steady")
            other = PlainBrowser(dashboard.url)
            assert other.sign_in().status_code == 303
            assert "Traceback" not in dashboard.log
    finally:
        if not house.provider.answers():
            house.provider.start()


@pytest.mark.exhaustive
def test_a_provider_that_hangs_is_given_up(house: House) -> None:
    house.provider.sit(house.linked("waiting"), fault="hangs")
    browser = house.browser()
    back = browser.leave()
    began_s = time.monotonic()
    assert browser.get(back).status_code == 503
    assert time.monotonic() - began_s < 11


@pytest.mark.exhaustive
def test_without_a_provider_there_is_no_button_and_no_way(house: House, tmp_path: Path) -> None:
    with DashboardProcess(tmp_path, house.url) as dashboard:
        browser = PlainBrowser(dashboard.url)
        assert "/sign-in/oidc" not in browser.get("/sign-in").text
        for path in ("/sign-in/oidc", "/sign-in/oidc/return?code=a&state=b", "/sign-in/oidc/code"):
            assert browser.get(path).headers["location"] == "/sign-in"
        assert browser.post("/sign-in/oidc/code", code="1").headers["location"] == "/sign-in"


def test_departures_without_end_are_paused_and_bounded(house: House) -> None:
    access = ProviderAccess(house.provider.issuer, CLIENT_ID, CLIENT_SECRET)
    auth_store = AuthStore(Connections(house.url))

    async def leave_twice() -> None:
        sign_in = OidcSignIn(auth_store, Provider(access), SignInLimits(client_limit_attempts=1))
        assert (await sign_in.begin("http://x/sign-in/oidc/return", "/", "192.0.2.1")).token
        await sign_in.begin("http://x/sign-in/oidc/return", "/", "192.0.2.1")

    with pytest.raises(SignInPaused):
        asyncio.run(leave_twice())
    state = AuthorizationState("s" * 20, "n" * 20, "v" * 50, "/")
    waiting = house.owner("SELECT count(*) FROM oidc_departure WHERE expires_at > now()")[0][0]
    for limit, remembered in ((waiting, False), (waiting + 1, True)):
        key = token_hash(str(limit))
        lifetime = timedelta(seconds=60)
        assert (
            auth_store.oidc_keep_state(key, state, lifetime=lifetime, limit_departures=limit)
            is remembered
        )
    full = OidcSignIn(auth_store, Provider(access), SignInLimits(departures_max=waiting))
    with refusing(Limit.DEPARTURES), pytest.raises(SignInPaused):
        asyncio.run(full.begin("http://x/sign-in/oidc/return", "/", "192.0.2.1"))


@pytest.mark.parametrize("issuer", ["{}/", "{}/realms/x"])
def test_a_provider_that_calls_itself_otherwise_is_not_ours(house: House, issuer: str) -> None:
    access = ProviderAccess(issuer.format(house.provider.issuer), CLIENT_ID, CLIENT_SECRET)
    with pytest.raises(ProviderAway):
        asyncio.run(Provider(access).authorization_request("http://x/sign-in/oidc/return"))


def test_the_log_of_all_that_holds_no_secret(house: House) -> None:
    house.provider.sit(house.linked("quiet"))
    browser = house.browser()
    back = browser.leave()
    browser.get(back)
    log = house.dashboard.log
    query = parse_qs(urlsplit(back).query)
    for secret in (*query["code"], *query["state"], browser.session, "a secret that only"):
        assert secret
        assert secret not in log
