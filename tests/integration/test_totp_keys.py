"""Second factors are kept encrypted or not at all; a key that is lost is said, not failed by."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyotp
import pytest

from dashboard.auth import totp
from dashboard.auth.errors import NoTotpKey, SecondFactorUnreadable
from dashboard.auth.totp_keys import TotpKeys, new_key
from tests.fixtures.command_line import Answer, virtaama
from tests.fixtures.dashboard import TOTP_KEY, DashboardProcess
from tests.fixtures.oidc import PlainBrowser
from tests.fixtures.people import add_person

OTHER_KEY = new_key()
LACKS_KEY = "The two-step sign-in of this account cannot be checked"


@dataclass
class House:
    """A database, with what an administrator and a person do."""

    url: str
    folder: Path

    def run(self, *words: str, keys: str = TOTP_KEY) -> Answer:
        return virtaama(*words, database_url=self.url, dashboard_totp_keys=keys)

    def stored(self, login: str) -> str:
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SELECT totp_secret FROM account WHERE login = %s", (login,))
            return row.fetchone()[0]  # type: ignore[index]

    def put(self, login: str, secret: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "UPDATE account SET totp_secret = %s WHERE login = %s", (secret, login)
            )

    def serve(self, keys: str) -> DashboardProcess:
        return DashboardProcess(self.folder, self.url, totp_keys=keys)


@pytest.fixture
def house(migrated_url: str, tmp_path: Path) -> House:
    return House(migrated_url, tmp_path)


def _enter(
    dashboard: DashboardProcess, login: str, password: str, code: str = ""
) -> tuple[int, str]:
    browser = PlainBrowser(dashboard.url)
    browser.get("/sign-in?language=en")
    answer = browser.post("/sign-in", login=login, password=password, code=code)
    return answer.status_code, answer.text


def test_what_the_database_keeps_is_no_secret(house: House) -> None:
    password = add_person(house.url, "careful", "operator")
    told = house.run("account", "totp", "careful").out
    secret = re.search(r"secret=(\w+)", told)[1]  # type: ignore[index]
    assert secret not in house.stored("careful")
    with house.serve(f"{OTHER_KEY},{TOTP_KEY}") as dashboard:  # an older key still reads
        code = pyotp.TOTP(secret).now()
        assert _enter(dashboard, "careful", password)[0] == 401
        assert _enter(dashboard, "careful", password, code)[0] == 303


def test_a_lost_key_is_said_to_who_knows_the_password_and_to_nobody_else(house: House) -> None:
    password = add_person(house.url, "careful", "operator")
    house.run("account", "totp", "careful")
    for keys in (OTHER_KEY, ""):
        with house.serve(keys) as dashboard:
            status, text = _enter(dashboard, "careful", password, "123456")
            assert status == 503
            assert LACKS_KEY in text
            status, text = _enter(dashboard, "careful", "not the password", "123456")
            assert status == 403
            assert LACKS_KEY not in text
            assert "VIRTAAMA_DASHBOARD_TOTP_KEYS does not hold" in dashboard.log
            assert "Traceback" not in dashboard.log
            assert " fail: " not in dashboard.log
    assert house.run("account", "totp", "careful", "--remove", keys="").code == 0


@pytest.mark.exhaustive
def test_without_a_key_no_second_factor_can_be_set_and_the_page_says_so(house: House) -> None:
    password = add_person(house.url, "plain", "operator")
    with house.serve("") as dashboard:
        browser = PlainBrowser(dashboard.url)
        browser.get("/sign-in?language=en")
        assert browser.post("/sign-in", login="plain", password=password).status_code == 303
        shown = browser.get("/second-factor")
        assert shown.status_code == 503
        assert "cannot be turned on: the server has no key" in shown.text
        secret = totp.new_secret()
        code = pyotp.TOTP(secret).now()
        tried = browser.post("/second-factor", secret=secret, password=password, code=code)
        assert tried.status_code == 503
    refused = house.run("account", "totp", "plain", keys="")
    assert refused.code == 1
    assert "No second factor can be set without a key" in refused.err
    assert house.stored("plain") is None


def test_plain_secrets_of_before_still_open_and_are_encrypted_by_one_command(house: House) -> None:
    password, secret = add_person(house.url, "early", "operator"), totp.new_secret()
    house.put("early", secret)
    with house.serve("") as dashboard:
        assert _enter(dashboard, "early", password, pyotp.TOTP(secret).now())[0] == 303
    assert "1 second factors are encrypted" in house.run("account", "encrypt-totp").out
    assert TotpKeys([TOTP_KEY]).decrypt(house.stored("early")) == secret
    assert house.stored("early") != secret


def test_a_key_is_replaced_by_a_newer_one(house: House) -> None:
    secret = totp.new_secret()
    for login in ("anna", "bert"):
        add_person(house.url, login, "operator")
    house.put("anna", TotpKeys([TOTP_KEY]).encrypt(secret))
    house.put("bert", TotpKeys([new_key()]).encrypt(secret))  # by a key that is lost
    told = house.run("account", "encrypt-totp", keys=f"{OTHER_KEY}, {TOTP_KEY}")
    assert told.code == 1
    assert "None of the keys reads those of bert" in told.err
    assert TotpKeys([OTHER_KEY]).decrypt(house.stored("anna")) == secret


def test_what_is_no_key_is_told_without_repeating_it(house: House) -> None:
    told = house.run("account", "encrypt-totp", keys="not-a-key-but-secret")
    assert told.code == 1
    assert "VIRTAAMA_DASHBOARD_TOTP_KEYS must be keys" in told.err
    assert "not-a-key-but-secret" not in told.err


def test_each_encryption_differs_and_only_its_keys_read_it() -> None:
    keys, secret = TotpKeys([TOTP_KEY]), totp.new_secret()
    one, other = keys.encrypt(secret), keys.encrypt(secret)
    assert one != other
    assert keys.decrypt(one) == keys.decrypt(other) == secret
    for wrong in (TotpKeys([OTHER_KEY]), TotpKeys()):
        with pytest.raises(SecondFactorUnreadable):
            wrong.decrypt(one)
    with pytest.raises(SecondFactorUnreadable):
        keys.decrypt(f"{one[:-6]}AAAA==")
    with pytest.raises(NoTotpKey):
        TotpKeys().encrypt(secret)
    now = datetime.now(UTC)
    assert totp.step_of(pyotp.TOTP(secret).at(now), keys.decrypt(one), now)
