"""`virtaama account` and `virtaama device-token`: a secret is shown once."""

import re

import pytest
from click.testing import CliRunner, Result

from dashboard.auth.totp_keys import TotpKeys
from deploy.cli.main import cli
from deploy.errors import AccountError
from tests.fixtures.dashboard import TOTP_KEY
from tests.fixtures.tenants import Tenants, seed

ISSUER = "https://login.example.fi/realms/plant"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTAAMA_DASHBOARD_TOTP_KEYS", TOTP_KEY)


@pytest.fixture(scope="module")
def plant(migrated_module_url: str) -> Tenants:
    return seed(migrated_module_url)


def _run(plant: Tenants, *words: str) -> Result:
    result = CliRunner().invoke(cli, [*words, "--database-url", plant.url])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _add(plant: Tenants, login: str, *words: str) -> str:
    result = _run(plant, "account", "add", login, "--name", "N", *words)
    assert result.exit_code == 0, result.output
    found = re.search(r"first password {2}(\S+)", result.output)
    assert found is not None
    return found[1]


def test_an_account_is_added_listed_disabled_and_opened_again(plant: Tenants) -> None:
    first = _add(plant, "Maija@Example.FI", "--role", "company_member", "--company", "alpha")
    assert len(first) == 19
    listed = _run(plant, "account", "list").output
    assert first not in listed
    assert re.search(r"maija@example.fi +company_member +alpha +first password +never", listed)
    assert _run(plant, "account", "disable", "Maija@example.fi").exit_code == 0
    assert re.search(r"maija@example.fi .* disabled", _run(plant, "account", "list").output)
    again = _run(plant, "account", "reset-password", "maija@example.fi").output
    assert "first password" in again
    assert first not in again
    stored = plant.owner("SELECT a::text FROM account a WHERE login ~ '^maija'")[0][0]
    assert "$argon2id$" in stored
    assert first not in stored


def test_a_second_factor_is_printed_once_and_taken_away(plant: Tenants) -> None:
    output = _run(plant, "account", "totp", "engineer").output
    assert output.startswith("otpauth://totp/Virtaama:engineer?secret=")
    secret = plant.owner("SELECT totp_secret FROM account WHERE login = 'engineer'")[0][0]
    assert secret not in output
    assert f"secret={TotpKeys([TOTP_KEY]).decrypt(secret)}" in output
    assert secret not in _run(plant, "account", "list").output
    assert _run(plant, "account", "totp", "engineer", "--remove").exit_code == 0
    assert plant.owner("SELECT totp_secret FROM account WHERE login = 'engineer'") == [(None,)]


def test_an_account_is_linked_to_a_provider_and_unlinked(plant: Tenants) -> None:
    link = ("account", "link-oidc", "engineer", "248289761001", "--issuer", ISSUER)
    assert _run(plant, *link).output == f"engineer is 248289761001 of {ISSUER}.\n"
    assert re.search(r"engineer +engineer .* oidc ", _run(plant, "account", "list").output)
    stored = "SELECT oidc_issuer, oidc_subject FROM account WHERE login = 'engineer'"
    assert plant.owner(stored) == [(ISSUER, "248289761001")]
    with pytest.raises(AccountError, match="There is an account with the subject 24828"):
        _run(plant, "account", "link-oidc", "alpha", *link[3:])
    assert _run(plant, "account", "link-oidc", "engineer", "--remove").exit_code == 0
    assert plant.owner(stored) == [(None, None)]


@pytest.mark.parametrize(
    "words", [["x"], ["--issuer", "https://x.example"], ["x", "--issuer", "http://x.example"]]
)
def test_a_link_needs_a_subject_and_a_safe_issuer(plant: Tenants, words: list[str]) -> None:
    assert _run(plant, "account", "link-oidc", "engineer", *words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "alpha", "--role", "guest"], "There is the account alpha already"),
        (["add", "no spaces", "--role", "guest"], "a login has 2 to 120 of a-z"),
        (["add", "new", "--role", "company_member"], "needs --company"),
        (["add", "new", "--role", "guest", "--company", "alpha"], "nobody else has one"),
        (["add", "new", "--role", "company_member", "--company", "z"], "there are: alpha, beta"),
        (["disable", "nobody"], "There is no account nobody"),
        (["reset-password", "nobody"], "There is no account nobody"),
        (["totp", "nobody"], "There is no account nobody"),
        (["link-oidc", "nobody", "--remove"], "There is no account nobody"),
        (["link-oidc", "nobody", "s", "--issuer", "https://x.example"], "There is no account nob"),
        (["link-oidc", "alpha", "a\tb", "--issuer", "https://x.example"], "printable characters"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(plant: Tenants, words: list[str], sentence: str) -> None:
    if words[0] == "add":
        words = [*words, "--name", "N"]
    with pytest.raises(AccountError, match=re.escape(sentence)):
        _run(plant, "account", *words)


def test_a_screen_is_let_in_and_out_again(plant: Tenants) -> None:
    output = _run(plant, "device-token", "add", "Hall", "--role", "lobby", "--days", "7").output
    token = re.search(r"token {2}(\S+)", output)
    assert token is not None
    assert len(token[1]) == 43
    listed = _run(plant, "device-token", "list").output
    assert re.search(r"Hall +lobby +valid", listed)
    assert token[1] not in listed
    assert _run(plant, "device-token", "revoke", "Hall").exit_code == 0
    assert re.search(r"Hall +lobby +revoked", _run(plant, "device-token", "list").output)
    with pytest.raises(AccountError, match="There is no device Cellar"):
        _run(plant, "device-token", "revoke", "Cellar")
    with pytest.raises(AccountError, match="There is the device Hall already"):
        _run(plant, "device-token", "add", "Hall", "--role", "lobby")


def test_what_the_command_line_did_is_in_the_log(plant: Tenants) -> None:
    actions = {action for (action,) in plant.owner("SELECT action FROM access_log")}
    assert actions >= {
        *("account_added", "account_disabled", "password_reset"),
        *("second_factor_set", "second_factor_removed", "device_added", "device_revoked"),
        *("oidc_linked", "oidc_unlinked"),
    }
