"""Signing in against the real database: refusals that tell nothing, sessions that die at once."""

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pyotp
import pytest
from argon2 import PasswordHasher
from psycopg_pool import ConnectionPool

from dashboard.auth import passwords, sessions
from dashboard.auth.auth_store import AuthStore
from dashboard.auth.change_password import Change, change_password
from dashboard.auth.errors import (
    AccessError,
    CodeNeeded,
    PasswordUnfit,
    SessionEnded,
    SignInPaused,
    SignInRefused,
)
from dashboard.auth.password_login import Attempt, SignIn, SignInLimits
from dashboard.limits.limit import Limit
from dashboard.store import access_log, rights
from deploy.cli.main import LOG_FORMAT
from tests.fixtures.refusing import refusing
from tests.fixtures.tenants import Tenants, seed
from tests.fixtures.viewing import bind

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMITS = SignInLimits(name_limit_attempts=1000, client_limit_attempts=1000, lock_limit_attempts=3)


@dataclass
class House:
    tenants: Tenants
    pool: ConnectionPool
    auth_store: AuthStore
    sign_in: SignIn

    def enter(self, login: str, password: str = PASSWORD, code: str = "", device: str = "") -> str:
        attempt = Attempt(login, password, code, "192.0.2.1", device)
        return self.sign_in.sign_in(attempt, NOW)


@pytest.fixture(scope="module")
def plant(migrated_module_url: str) -> Tenants:
    tenants = seed(migrated_module_url)
    # The app's own login: it may become a viewer or the gate, and holds nothing itself.
    tenants.owner("UPDATE account SET password_hash = %s", passwords.hash_password(PASSWORD))
    return tenants


@pytest.fixture
def house(plant: Tenants) -> Iterator[House]:
    plant.owner("UPDATE account SET failed_attempts = 0, locked_until = NULL")

    def become_dashboard(connection: psycopg.Connection) -> None:
        connection.execute("SET SESSION AUTHORIZATION virtaama_dashboard")
        connection.commit()

    with ConnectionPool(
        plant.url, min_size=1, max_size=2, configure=become_dashboard, open=True
    ) as pool:
        auth_store = AuthStore(pool)
        yield House(plant, pool, auth_store, SignIn(auth_store, LIMITS))


def test_a_right_password_opens_a_session_of_that_account(house: House) -> None:
    token = house.enter(" Alpha ")
    session = sessions.look_up(house.auth_store, token)
    assert session is not None
    assert (session.login, session.role, session.company) == ("alpha", "company_member", "alpha")
    assert session.viewer == house.tenants.viewers["alpha"]
    assert not session.must_change_password
    with house.pool.connection() as connection, connection.transaction():
        bind(connection, session.viewer)
        viewer = rights.viewer(connection)
        assert viewer is not None
        assert viewer.role == "company_member"
        assert [trial.key for trial in rights.trials(connection)] == ["alpha"]
        assert rights.trial(connection, 2) is None
        seen = connection.execute("SELECT point_id FROM visible.point_window ORDER BY point_id")
        assert seen.fetchall() == [(1,), (3,)]


def test_neither_password_nor_token_is_stored(house: House) -> None:
    token = house.enter("alpha")
    stored = "".join(
        row[0]
        for table in ("account", "account_session", "access_log")
        for row in house.tenants.owner(f"SELECT t::text FROM {table} t")
    )
    assert token not in stored
    assert PASSWORD not in stored
    assert stored.count("$argon2id$") == len(house.tenants.owner("SELECT 1 FROM account"))


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("alpha", "wrong"),
        ("alpha", ""),
        ("nobody", PASSWORD),
        ("disabled", PASSWORD),
        ("", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("al\0pha", PASSWORD),
        ("x" * 100_000, "y" * 100_000),
    ],
)
def test_every_refusal_has_the_same_words(house: House, login: str, password: str) -> None:
    with pytest.raises(SignInRefused) as caught:
        house.enter(login, password)
    assert str(caught.value) == str(SignInRefused())


@pytest.mark.parametrize("logged_max", [1_000, 0], ids=["logged", "no more logged"])
def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    house: House, monkeypatch: pytest.MonkeyPatch, logged_max: int
) -> None:
    """The same hash, the same questions to the database, and as many commits to wait for."""
    house.pool.wait()  # what its connections begin with is nobody's
    done: list[Any] = []
    verify, execute = PasswordHasher.verify, psycopg.Cursor.execute

    def verified(hasher: PasswordHasher, stored: str, password: str) -> bool:
        done.append((hasher, stored.split("$")[1:4]))
        return bool(verify(hasher, stored, password))

    def executed(cursor: psycopg.Cursor, asked: LiteralString, *more: Any, **how: Any) -> Any:
        found = execute(cursor, asked, *more, **how)
        with cursor.connection.cursor() as look:
            written = execute(look, "SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
            done.append((asked, *(written.fetchone() or ())))
        return found

    monkeypatch.setattr(PasswordHasher, "verify", verified)
    monkeypatch.setattr(psycopg.Cursor, "execute", executed)
    limits = replace(LIMITS, failures_logged_max=logged_max)
    work = {}
    for login in ("nobody", "engineer", "disabled"):
        done.clear()
        with pytest.raises(SignInRefused):
            SignIn(house.auth_store, limits).sign_in(Attempt(login, "wrong"), NOW)
        work[login] = list(done)
    assert len([each for each in work["nobody"] if isinstance(each[0], PasswordHasher)]) == 1
    assert work["nobody"] == work["engineer"] == work["disabled"]


def test_three_failures_lock_and_the_right_password_is_refused_with_the_same_words(
    house: House,
) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefused):
            house.enter("beta", "wrong")
    with pytest.raises(SignInRefused):
        house.enter("beta")
    house.tenants.owner("UPDATE account SET locked_until = now() WHERE login = 'beta'")
    assert house.enter("beta")
    assert house.tenants.owner("SELECT failed_attempts FROM account WHERE login = 'beta'") == [(0,)]


def test_strangers_who_lock_an_account_do_not_lock_its_owner_out(house: House) -> None:
    mine = sessions.new_token()
    house.enter("beta", device=mine)
    for device in ("", sessions.new_token()):
        for _ in range(3):
            with pytest.raises(SignInRefused):
                house.enter("beta", "wrong", device=device)
        with pytest.raises(SignInRefused):
            house.enter("beta", device=device)
    assert house.enter("beta", device=mine)
    with pytest.raises(SignInRefused):  # another's account is no business of this browser
        house.enter("alpha", "wrong", device=mine)


def test_a_known_browser_that_guesses_is_a_strangers(house: House) -> None:
    stolen = sessions.new_token()
    house.enter("beta", device=stolen)
    for _ in range(6):
        with pytest.raises(SignInRefused):
            house.enter("beta", "wrong", device=stolen)
    with pytest.raises(SignInRefused):
        house.enter("beta", device=stolen)


def test_of_known_browsers_the_ones_used_least_lately_are_forgotten(house: House) -> None:
    devices = [sessions.new_token() for _ in range(25)]
    for device in devices:
        house.enter("beta", device=device)
    remembered = house.tenants.owner(
        "SELECT token_sha256 FROM known_device JOIN account USING (account_id) WHERE login = 'beta'"
    )
    kept = {bytes(token) for (token,) in remembered}
    assert kept == {sessions.token_hash(device) for device in devices[-20:]}


def test_tries_of_strangers_do_not_use_up_those_of_a_known_browser(house: House) -> None:
    mine = sessions.new_token()
    limits = SignInLimits(name_limit_attempts=3, client_limit_attempts=1000)
    sign_in = SignIn(house.auth_store, limits)
    sign_in.sign_in(Attempt("beta", PASSWORD, device=mine), NOW)
    for _ in range(3):
        with pytest.raises(SignInRefused):
            sign_in.sign_in(Attempt("beta", "wrong", client="192.0.2.9"), NOW)
    with pytest.raises(SignInPaused):
        sign_in.sign_in(Attempt("beta", PASSWORD, client="192.0.2.9"), NOW)
    assert sign_in.sign_in(Attempt("beta", PASSWORD, device=mine), NOW)


def test_a_blocked_address_uses_up_no_names_tries(house: House) -> None:
    limits = SignInLimits(name_limit_attempts=3, client_limit_attempts=4)
    sign_in = SignIn(house.auth_store, limits)
    for n in range(50):
        with pytest.raises((SignInPaused, SignInRefused)):
            sign_in.sign_in(Attempt(f"other{n}", "wrong", client="192.0.2.9"), NOW)
    for _ in range(10):
        with pytest.raises(SignInPaused):
            sign_in.sign_in(Attempt("alpha", "wrong", client="192.0.2.9"), NOW)
    assert sign_in.sign_in(Attempt("alpha", PASSWORD, client="192.0.2.1"), NOW)


def test_guessing_at_the_change_of_a_password_counts_as_guessing_at_the_door(house: House) -> None:
    token = house.enter("beta")
    change = Change(token, "wrong", "another good password", "192.0.2.1")
    for _ in range(3):
        with pytest.raises(SignInRefused):
            change_password(house.auth_store, change, LIMITS)
    with pytest.raises(SignInRefused):
        change_password(house.auth_store, replace(change, old=PASSWORD), LIMITS)
    with house.tenants.viewing("administrator") as connection:
        newest = access_log.entries(connection)[:3]
    assert [(entry.action, entry.object) for entry in newest] == [
        ("sign_in_failed", "password")
    ] * 3


def test_a_failure_counts_although_it_cannot_be_logged(house: House) -> None:
    house.tenants.owner("ALTER TABLE access_log ADD CONSTRAINT broken CHECK (false) NOT VALID")
    try:
        with pytest.raises(psycopg.errors.CheckViolation):
            house.enter("beta", "wrong")
    finally:
        house.tenants.owner("ALTER TABLE access_log DROP CONSTRAINT broken")
    assert house.tenants.owner("SELECT failed_attempts FROM account WHERE login = 'beta'") == [(1,)]


def test_refusals_stand_in_the_log_as_fail2ban_reads_them(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for login in ("alpha", "nobody", "x from 203.0.113.1: \n sign-in refused from 203.0.113.2:"):
        with pytest.raises(SignInRefused):
            house.enter(login, "wrong")
    rule = (ROOT / "deploy/fail2ban/virtaama.conf").read_text(encoding="utf-8")
    pattern = rule.partition("failregex = ")[2].splitlines()[0].replace("<HOST>", r"(?P<host>\S+)")
    written = logging.Formatter(LOG_FORMAT)
    lines = "\n".join(map(written.format, caplog.records)).splitlines()
    found = [match["host"] for line in lines if (match := re.search(pattern, line))]
    assert found == ["192.0.2.1"] * 3


@pytest.mark.parametrize(("used", "alive"), [(True, True), (False, False)])
def test_a_page_that_is_left_alone_does_not_keep_its_session(
    house: House, used: bool, alive: bool
) -> None:
    token = house.enter("alpha")
    for _ in range(3):  # an hour each, of the two that a session may rest
        house.tenants.owner(
            "UPDATE account_session SET last_seen_at = last_seen_at - INTERVAL '59 minutes'"
        )
        sessions.look_up(house.auth_store, token, used=used)
    assert (sessions.look_up(house.auth_store, token) is not None) == alive


def test_ten_thousand_tries_cost_only_the_first_ones(house: House) -> None:
    clock = [1_000.0]
    limits = SignInLimits(name_limit_attempts=2, client_limit_attempts=4)
    sign_in = SignIn(house.auth_store, limits, clock_s=lambda: clock[0])
    refused = paused = 0
    began = time.perf_counter()
    with refusing(Limit.SIGN_INS_PER_ADDRESS):
        for n in range(10_000):
            try:
                sign_in.sign_in(Attempt(f"alpha{n % 5}", "wrong", client="192.0.2.9"), NOW)
            except SignInRefused:
                refused += 1
            except SignInPaused as pause:
                paused += 0 < pause.wait_s <= 300
    assert (refused, paused) == (4, 9_996)
    assert time.perf_counter() - began < 10
    clock[0] += 360.0
    with pytest.raises(SignInRefused):
        sign_in.sign_in(Attempt("alpha0", "wrong", client="192.0.2.9"), NOW)


def test_failures_without_end_write_so_many_lines_an_hour_and_are_counted_beyond(
    house: House,
) -> None:
    limits = SignInLimits(1_000, 1_000, lock_limit_attempts=1_000, failures_logged_max=3)
    sign_in = SignIn(house.auth_store, limits)
    house.tenants.owner("DELETE FROM access_log WHERE action = 'sign_in_failed'")
    with refusing(Limit.SIGN_IN_FAILURES_LOGGED):
        for n in range(5):
            for login in (f"nobody{n}", "alpha"):
                with pytest.raises(SignInRefused):
                    sign_in.sign_in(Attempt(login, "wrong", client=f"192.0.2.{n}"), NOW)
    logged = house.tenants.owner(
        "SELECT count(*) FROM access_log WHERE action = 'sign_in_failed' GROUP BY account_id"
    )
    assert logged == [(3,), (3,)]


def test_sessions_without_end_end_the_oldest_and_the_dead_leave(house: House) -> None:
    house.tenants.owner("DELETE FROM account_session")
    sign_in = SignIn(house.auth_store, SignInLimits(sessions_max=3))
    with refusing(Limit.SESSIONS):
        tokens = [
            sign_in.sign_in(Attempt("alpha", PASSWORD, device=f"device{n}"), NOW) for n in range(5)
        ]
    living = [sessions.look_up(house.auth_store, token) is not None for token in tokens]
    assert living == [False, False, True, True, True]
    house.tenants.owner(
        "UPDATE account_session SET revoked_at = revoked_at - INTERVAL '31 days',"
        " created_at = created_at - INTERVAL '31 days' WHERE revoked_at IS NOT NULL"
    )
    sign_in.sign_in(Attempt("alpha", PASSWORD), NOW)
    assert house.tenants.owner("SELECT count(*) FROM account_session") == [(4,)]


def test_a_second_factor_is_asked_for_and_each_code_is_good_once(house: House) -> None:
    secret = pyotp.random_base32()
    house.tenants.owner(
        "UPDATE account SET totp_secret = %s, totp_last_step = NULL WHERE login = 'engineer'",
        secret,
    )
    with pytest.raises(CodeNeeded):
        house.enter("engineer")
    with pytest.raises(SignInRefused):
        house.enter("engineer", "wrong")  # no word of a code to who does not know the password
    code = pyotp.TOTP(secret).at(NOW)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for bad in (
        wrong,
        "",
        "abcdef",
        "１２３４５６",
        pyotp.TOTP(secret).at(NOW - timedelta(minutes=5)),
    ):
        with pytest.raises(CodeNeeded if not bad else SignInRefused):
            house.enter("engineer", code=bad)
        house.tenants.owner("UPDATE account SET failed_attempts = 0")
    assert house.enter("engineer", code=f"{code[:3]} {code[3:]}")
    with pytest.raises(SignInRefused):
        house.enter("engineer", code=code)
    house.tenants.owner("UPDATE account SET totp_secret = NULL WHERE login = 'engineer'")


@pytest.mark.parametrize(
    "killing",
    [
        "UPDATE account_session SET revoked_at = now()",
        "UPDATE account_session SET expires_at = now()",
        "UPDATE account_session SET last_seen_at = now() - idle_limit",
        "UPDATE account SET disabled_at = now() WHERE login = 'guest'",
    ],
)
def test_a_session_is_dead_at_the_next_look(house: House, killing: str) -> None:
    house.tenants.owner("UPDATE account SET disabled_at = NULL WHERE login = 'guest'")
    token = house.enter("guest")
    assert sessions.look_up(house.auth_store, token) is not None
    with psycopg.connect(house.tenants.url, autocommit=True) as listener:
        listener.execute("LISTEN virtaama_access")
        house.tenants.owner(killing)
        if "revoked" in killing or "disabled" in killing:
            assert len(list(listener.notifies(timeout=5, stop_after=1))) == 1
    assert sessions.look_up(house.auth_store, token) is None
    with pytest.raises(SessionEnded):
        change_password(house.auth_store, Change(token, PASSWORD, "another good password"))
    house.tenants.owner("UPDATE account SET disabled_at = NULL WHERE login = 'guest'")


def test_signing_out_ends_that_session_only(house: House) -> None:
    first, second = house.enter("alpha"), house.enter("alpha")
    sessions.end(house.auth_store, first, "192.0.2.1")
    assert sessions.look_up(house.auth_store, first) is None
    assert sessions.look_up(house.auth_store, second) is not None


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\x00", "ä", "' OR true"])
def test_an_invented_token_is_nobodys(house: House, token: str) -> None:
    assert sessions.look_up(house.auth_store, token) is None
    assert sessions.look_up_device(house.auth_store, token) is None


def test_a_first_password_shows_nothing_until_it_is_changed(house: House) -> None:
    token, other = house.enter("first"), house.enter("first")
    session = sessions.look_up(house.auth_store, token)
    assert session is not None
    assert session.must_change_password
    assert house.tenants.rows("first", "SELECT * FROM visible.point") == []
    for old, new, error in (
        ("wrong", "another good password", SignInRefused),
        (PASSWORD, "short", PasswordUnfit),
        (PASSWORD, "aaaaaaaaaaaaaaaa", PasswordUnfit),
        (PASSWORD, "my first password", PasswordUnfit),
        (PASSWORD, PASSWORD, PasswordUnfit),
        (PASSWORD, "Password1234", PasswordUnfit),
        (PASSWORD, "qwertyuiop12", PasswordUnfit),
        (PASSWORD, "abcdefghijkl", PasswordUnfit),
        (PASSWORD, "x" * 201, PasswordUnfit),
    ):
        with pytest.raises(error):
            change_password(house.auth_store, Change(token, old, new))
    change_password(house.auth_store, Change(token, PASSWORD, "another good öne", "192.0.2.1"))
    assert sessions.look_up(house.auth_store, other) is None
    session = sessions.look_up(house.auth_store, token)
    assert session is not None
    assert not session.must_change_password
    assert len(house.tenants.rows("first", "SELECT * FROM visible.point")) == 2
    assert house.enter("first", "another good o\u0308ne")  # composed by another keyboard


def test_what_happened_at_the_door_is_in_the_log(house: House) -> None:
    house.tenants.owner("DELETE FROM access_log")
    with pytest.raises(AccessError):
        house.enter("alpha", "wrong")
    with pytest.raises(AccessError):
        house.enter("nobody")
    sessions.end(house.auth_store, house.enter("alpha"), "192.0.2.1")
    with house.tenants.viewing("administrator") as connection:
        entries = access_log.entries(connection)
    assert [(entry.action, entry.who, entry.client) for entry in entries[::-1]] == [
        ("sign_in_failed", "ALPHA-CANARY member", "192.0.2.1"),
        ("sign_in_failed", None, "192.0.2.1"),
        ("sign_in", "ALPHA-CANARY member", "192.0.2.1"),
        ("sign_out", "ALPHA-CANARY member", "192.0.2.1"),
    ]


def test_a_deed_is_logged_in_one_line_under_the_viewers_own_name(house: House) -> None:
    hostile = "x\n2026 fake entry\r\x1b[2J\u2028" + "y" * 500
    with house.tenants.viewing("alpha") as connection:
        access_log.record(
            connection,
            access_log.AuditEvent(access_log.Action.READ, hostile, trial_id=1, detail={"rows": 3}),
        )
        entry = access_log.entries(connection, trial_id=1)[0]
    assert (entry.who, entry.own, entry.detail) == ("ALPHA-CANARY member", True, {"rows": 3})
    assert entry.object.startswith("x 2026 fake entry ")
    assert len(entry.object) == 200
    assert entry.object.isprintable()
    for viewer, trial in (("alpha", 2), ("disabled", None)):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            house.tenants.viewing(viewer) as connection,
        ):
            access_log.record(
                connection, access_log.AuditEvent(access_log.Action.READ, trial_id=trial)
            )


def test_a_device_is_let_in_by_its_token(house: House) -> None:
    token = sessions.new_token()
    house.tenants.owner(
        "UPDATE device_token SET token_sha256 = %s WHERE name = 'Lobby'",
        sessions.token_hash(token),
    )
    device = sessions.look_up_device(house.auth_store, token)
    assert device is not None
    assert (device.viewer, device.role) == (house.tenants.viewers["Lobby"], "lobby")
    house.tenants.owner("UPDATE device_token SET revoked_at = now() WHERE name = 'Lobby'")
    assert sessions.look_up_device(house.auth_store, token) is None


@pytest.mark.parametrize(
    "text", ["\0", "\ud800", "\r\n\x1b[2J", "ä" * 100_000, "😀" * 5_000, '"\\' * 9_000]
)
def test_whatever_somebody_sent_is_held_in_the_detail_of_a_line(house: House, text: str) -> None:
    detail = {"text": text, "several": [text] * 30, "within": {"text": text}, "number": 7}
    event = access_log.AuditEvent(access_log.Action.CHANGE, text, detail=detail, client=text)
    with house.tenants.viewing("alpha") as connection:
        access_log.record(connection, event)
        line = next(e for e in access_log.entries(connection) if e.detail.get("number") == 7)
    assert line.detail.keys() == detail.keys()
    assert line.detail["number"] == 7
    assert "".join([line.detail["text"], *line.detail["several"]]).isprintable()
