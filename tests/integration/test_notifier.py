"""The notifier against a real SMTP server and an HTTP receiver, with faults: hang, 500, refused."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from aiosmtpd.controller import Controller

from dashboard.auth.sessions import token_hash
from dashboard.notification import hand_over, outbox
from dashboard.notification.hand_over import Ways
from dashboard.notification.plan_file import Rule, read_plan
from dashboard.notification.service import Notifier
from dashboard.store.roster import alarm_of_link
from dashboard.texts import text
from deploy.stack.ports import LOOPBACK, free_port
from tests.fixtures.alarms import SeededAlarm, alarm, call_again, carry_out
from tests.fixtures.notifying import Notifying
from tests.fixtures.people import add_person
from tests.fixtures.service_process import wait_until
from tests.fixtures.tenants import seed
from tests.fixtures.viewing import bind, viewing

# Apprise's own, of Python functions that are to go.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SECRET = "sesame-7788"
HELSINKI = ZoneInfo("Europe/Helsinki")


class Mailbox:
    """An SMTP server; keeps letters, or hangs, or refuses."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.hang_s = 0.0
        self.refuses = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.hang_s:
            await asyncio.sleep(self.hang_s)
            return "451 too late"
        if self.refuses:
            return "451 not now"
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@dataclass
class Receiver:
    """An HTTP receiver; answers once `answers` is set, with the statuses in turn, then with 200."""

    statuses: list[int] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)
    asked: int = 0
    bodies: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def _receiver() -> Iterator[Receiver]:
    found = Receiver()
    found.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.asked += 1
            found.answers.wait(60)
            status = found.statuses.pop(0) if found.statuses else 200
            if status == 200:
                found.bodies.append(body)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:  # whoever follows a redirect gets here, without the message
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"json://{LOOPBACK}:{server.server_port}/hook?token={SECRET}&rto=60"
    yield found
    server.shutdown()
    server.server_close()


@dataclass
class House(Notifying):
    """A notifier with its clock, its mail server and its receiver."""

    mail: Mailbox
    hook: Receiver


@pytest.fixture
def house(migrated_url: str, tmp_path: Path) -> Iterator[House]:
    tenants = seed(migrated_url)
    tenants.owner("UPDATE alarm_state SET is_acknowledged = true")
    for login in ("maija", "pekka"):
        add_person(migrated_url, login, "operator")
    # This week and the next: the clock of a test may go over Sunday's midnight.
    tenants.owner(
        "INSERT INTO roster_week"
        " SELECT 1, date_trunc('week', now() AT TIME ZONE 'Europe/Helsinki')::date + 7 * n,"
        " a.account_id, b.account_id FROM account a, account b, generate_series(0, 1) n"
        " WHERE a.login = 'maija' AND b.login = 'pekka'"
    )
    mail = Mailbox()
    controller = Controller(mail, hostname=LOOPBACK, port=free_port())
    controller.start()
    with _receiver() as hook:
        path = tmp_path / "notify.toml"
        path.write_text(
            'site = "s"\naddress = "https://v.example.fi"\nfallback = ["pekka"]\n'
            f'[people.maija]\nchannels = ["mailto://{LOOPBACK}:{controller.port}'
            f'?to=maija@example.fi&from=v@example.fi&mode=insecure&cto=1&rto=1"]\n'
            f'[people.pekka]\nchannels = ["{hook.url}"]\n'
            "[priorities.high]\nescalate_after_min = 10\n",
            encoding="utf-8",
        )
        clock = [datetime.now(UTC)]
        plan = read_plan(path).model_copy(update={"test_at": None})
        notifier = Notifier(migrated_url, plan, lambda: clock[0], ways=Ways(timeout_s=3))
        yield House(migrated_url, notifier, clock, mail, hook)
    controller.stop()


def _body(letter: Any) -> str:
    return letter.get_body(("plain", "html")).get_content()


def _raise(house: House, key: str = "loud") -> SeededAlarm:
    return alarm(house.url, key, [2], datetime.now(UTC), name=f"Hälytys {key}", value=6.5)


def test_an_alarm_reaches_who_is_on_duty_once_and_no_second_time(house: House) -> None:
    _raise(house)
    assert house.step() == 1
    assert house.step() == 0
    (letter,) = house.mail.letters
    assert letter["Subject"] == "[korkea] Hälytys loud"
    assert letter["To"].endswith("maija@example.fi>") or "maija@example.fi" in letter["To"]
    assert "https://v.example.fi/alarms/answer/" in letter.get_body(("plain", "html")).get_content()
    proof = house.rows("SELECT attempts, handed_over_by, handed_over_at IS NOT NULL FROM message")
    assert proof == [(1, "mailto", True)]


def test_the_second_is_called_when_nobody_acknowledges_and_not_after_that(house: House) -> None:
    one = _raise(house)
    house.step()
    assert house.step(timedelta(minutes=9)) == 0
    assert house.step(timedelta(minutes=1)) == 1
    assert "Kukaan ei ole kuitannut" in house.hook.bodies[0]
    with psycopg.connect(house.url) as connection:
        connection.execute(
            "INSERT INTO alarm_act (alarm_id, occurrence, kind, account_id)"
            " VALUES (%s, %s, 'acknowledge', 1)",
            (one.alarm_id, one.occurrence),
        )
    assert house.step(timedelta(minutes=30)) == 0
    carry_out(house.url)
    assert house.step(timedelta(minutes=30)) == 0


AGAIN = ("shelf_ended", "unsuppressed", "returned_to_service")


@pytest.mark.parametrize("kind", AGAIN)
@pytest.mark.parametrize("is_acknowledged", [False, True])
def test_duty_heard_nothing_when_an_alarm_was_there_again_after_it_had_been_put_aside(
    house: House, kind: str, *, is_acknowledged: bool
) -> None:
    one = _raise(house)
    house.step()
    assert house.step(timedelta(minutes=10)) == 1  # the second, too
    if is_acknowledged:
        _answer(house, "maija", _link(house))
        carry_out(house.url)
    house.clock[0] += timedelta(hours=1)
    call_again(house.url, [one], kind, house.clock[0])
    assert house.step() == 1
    assert house.step() == 0
    assert [letter["Subject"] for letter in house.mail.letters] == ["[korkea] Hälytys loud"] * 2
    assert text(f"alarm_event.{kind}", "fi") in _body(house.mail.letters[-1])
    assert house.step(timedelta(minutes=9)) == 0
    assert house.step(timedelta(minutes=1)) == 1  # it begins with duty, then the second
    _answer(house, "maija", _link(house))
    carry_out(house.url)
    state = "SELECT is_acknowledged, occurrence FROM alarm_state WHERE alarm_id"
    assert house.rows(f"{state} = '{one.alarm_id}'") == [(True, one.occurrence)]
    assert house.step(timedelta(hours=1)) == 0


def test_many_that_are_there_again_together_are_one_message(house: House) -> None:
    several = [_raise(house, f"n{number}") for number in range(3)]
    house.step()
    house.clock[0] += timedelta(hours=1)
    call_again(house.url, several, "unsuppressed", house.clock[0], uuid4())
    assert house.step() == 1
    assert house.step() == 0
    assert len(house.mail.letters) == 4
    body = _body(house.mail.letters[-1])
    assert all(f"Hälytys n{number}" in body for number in range(3))
    assert house.step(timedelta(minutes=10)) == 1


def test_nobody_of_another_site_is_called_though_the_roster_and_the_file_name_them(
    house: House,
) -> None:
    """Maija's account was moved to another site after she was put on the roster."""
    with psycopg.connect(house.url) as connection:
        connection.execute(
            "INSERT INTO site (key, name, time_zone) VALUES ('t', '{}', 'Europe/Stockholm');"
            "UPDATE account SET all_sites = false WHERE login = 'maija';"
            "DELETE FROM account_site USING account"
            " WHERE account.account_id = account_site.account_id AND login = 'maija';"
            "INSERT INTO account_site SELECT account_id, site_id FROM account, site"
            " WHERE login = 'maija' AND key = 't'"
        )
    plan = house.notifier._plan
    house.notifier._plan = plan.model_copy(update={"fallback": ("pekka", "maija")})
    _raise(house)
    assert house.step() == 1
    assert not house.mail.letters
    assert "aukko" in house.hook.bodies[0]
    house.step(timedelta(minutes=10))
    house.step(timedelta(minutes=10))
    assert not house.mail.letters


def test_a_message_that_waits_is_not_handed_to_who_is_no_longer_staff(house: House) -> None:
    house.mail.refuses = True
    _raise(house)
    assert house.step() == 0
    house.mail.refuses = False
    with psycopg.connect(house.url) as connection:
        connection.execute("UPDATE account SET disabled_at = now() WHERE login = 'maija'")
    assert house.step(timedelta(minutes=1)) == 1  # the fallback learns of it
    assert not house.mail.letters
    assert "aukko" in house.hook.bodies[0]


def test_the_notifier_of_another_site_takes_none_of_this_ones_messages(house: House) -> None:
    with psycopg.connect(house.url) as connection:
        connection.execute(
            "INSERT INTO site (key, name, time_zone) VALUES ('t', '{}', 'Europe/Stockholm')"
        )
    plan = house.notifier._plan
    _raise(house)
    with psycopg.connect(house.url, autocommit=True) as connection:
        outbox.plan_messages(connection, plan, house.clock[0])
    house.notifier._plan = plan.model_copy(update={"site": "t"})
    assert house.step() == 0
    house.notifier._plan = plan
    assert house.step() == 1


@pytest.mark.parametrize("fault", ["refused", "hangs", "451"])
def test_a_mail_server_that_fails_is_tried_again_until_it_takes_the_letter(
    house: House, fault: str
) -> None:
    _raise(house)
    plan = house.notifier._plan
    if fault == "refused":
        nowhere = plan.people["maija"].model_copy(
            update={"channels": (_secret(f"mailto://{LOOPBACK}:{free_port()}?to=a@b.fi"),)}
        )
        people = {**plan.people, "maija": nowhere}
        house.notifier._plan = plan.model_copy(update={"people": people})
    house.mail.hang_s = 5.0 if fault == "hangs" else 0.0
    house.mail.refuses = fault == "451"
    begun_s = time.monotonic()
    assert house.step() == 0
    assert time.monotonic() - begun_s < 30
    assert house.rows("SELECT attempts, handed_over_at, error IS NULL FROM message") == [
        (1, None, False)
    ]
    house.notifier._plan = plan
    house.mail.refuses, house.mail.hang_s = False, 0.0
    assert house.step() == 0  # its time has not come
    assert house.step(timedelta(seconds=15)) == 1
    assert house.step(timedelta(minutes=9)) == 0
    assert len(house.rows("SELECT FROM message WHERE handed_over_at IS NOT NULL")) == 1


def _secret(text: str) -> Any:
    from pydantic import SecretStr  # noqa: PLC0415

    return SecretStr(text)


def test_a_receiver_that_fails_keeps_no_other_from_its_message(house: House) -> None:
    _raise(house)
    house.step()
    house.hook.statuses = [500, 302, 410]
    assert house.step(timedelta(minutes=10)) == 0
    _raise(house, "other")
    assert house.step() == 1  # to maija, while pekka's waits
    assert house.step(timedelta(seconds=15)) == 0
    assert house.step(timedelta(seconds=31)) == 0
    assert house.step(timedelta(seconds=61)) == 1
    assert len(house.hook.bodies) == 1


def test_a_channel_that_answers_far_too_late_holds_up_nobody_and_is_not_told_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "WAIT_S", 0.2)
    hasty = Notifier(
        house.url, house.notifier._plan, lambda: house.clock[0], ways=Ways(timeout_s=0)
    )
    house.notifier = hasty
    house.hook.answers.clear()
    _raise(house)
    house.step()
    wait_until(lambda: house.step() or house.mail.letters, "duty was not called")
    house.step(timedelta(minutes=10))  # pekka's channel says nothing
    _raise(house, "other")
    wait_until(lambda: house.step() or len(house.mail.letters) > 1, "duty waited for pekka's")
    told = "SELECT error FROM message WHERE recipient = 'pekka' AND handed_over_at IS NULL"
    assert house.rows(told) == [("no answer within 0 s",)]
    for _ in range(3):
        house.step(timedelta(minutes=1))
    assert house.rows(told) == [("still no answer",)]
    house.hook.answers.set()
    wait_until(lambda: house.step() or not house.rows(told), "its answer was not written down")
    house.step(timedelta(minutes=5))
    assert (house.hook.asked, len(house.hook.bodies)) == (1, 1)


ACKNOWLEDGE = """
INSERT INTO alarm_act (alarm_id, occurrence, kind, account_id)
SELECT alarm_id, occurrence, 'acknowledge', 1 FROM alarm_state WHERE alarm_id = %s
"""
PUT_ASIDE = {
    "acknowledge": ACKNOWLEDGE,  # the process has not taken it yet
    "shelf": "UPDATE alarm_state SET state = 'shelved', shelved_until = now() + INTERVAL '1 hour',"
    " shelved_by = 1, shelved_reason = 'x' WHERE alarm_id = %s",
    "cause": "UPDATE alarm_state SET state = 'suppressed' WHERE alarm_id = %s",
}
PENDING = "SELECT handed_over_at, given_up_at, withdrawn_at IS NOT NULL FROM message"


def _as_owner(house: House, statement: str, of: SeededAlarm) -> None:
    with psycopg.connect(house.url) as connection:
        connection.execute(statement.encode(), (of.alarm_id,))


@pytest.mark.parametrize("way", PUT_ASIDE)
def test_a_message_that_was_tried_again_was_sent_though_its_alarm_had_been_answered(
    house: House, way: str
) -> None:
    house.mail.refuses = True
    one = _raise(house)
    assert house.step() == 0
    _as_owner(house, PUT_ASIDE[way], one)
    house.mail.refuses = False
    assert house.step(timedelta(minutes=1)) == 0
    assert house.step(timedelta(hours=1)) == 0
    assert not house.mail.letters
    assert house.rows(PENDING) == [(None, None, True)]
    # One that calls again is told anew.
    call_again(house.url, [one], "shelf_ended", house.clock[0])
    with psycopg.connect(house.url) as connection:
        connection.execute("UPDATE alarm_act SET done_at = now() WHERE done_at IS NULL")
    assert house.step() == 1


def test_a_message_that_came_late_did_not_say_that_all_was_over(house: House) -> None:
    """It still calls: nobody has seen what came and went."""
    house.mail.refuses = True
    one = _raise(house)
    house.step()
    over = datetime.now(UTC)
    with psycopg.connect(house.url) as connection:
        connection.execute(
            "UPDATE alarm_occurrence SET cleared_at = %s WHERE occurrence = %s",
            (over, one.occurrence),
        )
        connection.execute(
            "UPDATE alarm_state SET state = 'returned_unacknowledged' WHERE alarm_id = %s",
            (one.alarm_id,),
        )
    house.mail.refuses = False
    assert house.step(timedelta(minutes=1)) == 1
    body = _body(house.mail.letters[0])
    assert "Poistunut" in body
    assert f"{over.astimezone(HELSINKI):%-H.%M}, odottaa vielä kuittausta" in body


def test_a_summary_is_withdrawn_once_nothing_in_it_calls(house: House) -> None:
    house.mail.refuses = True
    several = [_raise(house, f"n{number}") for number in range(3)]
    call_again(house.url, several, "unsuppressed", house.clock[0], uuid4())
    house.step()
    for one in several[:2]:
        _as_owner(house, ACKNOWLEDGE, one)
    house.step(timedelta(minutes=1))
    assert house.rows(PENDING) == [(None, None, False)]
    _as_owner(house, ACKNOWLEDGE, several[2])
    house.step(timedelta(minutes=1))
    assert house.rows(PENDING) == [(None, None, True)]


def test_what_had_failed_in_the_evening_was_tried_again_in_the_quiet_hours(house: House) -> None:
    plan = house.notifier._plan
    local = house.clock[0].astimezone(HELSINKI)
    quiet_from = (local + timedelta(minutes=1)).time().replace(tzinfo=None)
    quiet_until = (local + timedelta(hours=8)).time().replace(tzinfo=None)
    rule = Rule(quiet_from=quiet_from, quiet_until=quiet_until, escalate_after_min=60)
    house.notifier._plan = plan.model_copy(update={"priorities": {"high": rule}})
    house.mail.refuses = True
    _raise(house)
    assert house.step() == 0
    house.mail.refuses = False
    assert house.step(timedelta(minutes=2)) == 0
    assert house.step(timedelta(hours=7)) == 0
    assert house.rows("SELECT attempts FROM message") == [(1,)]
    assert house.step(timedelta(hours=1)) >= 1
    assert len(house.mail.letters) == 1


def test_a_letter_that_a_channel_took_after_all_is_handed_over_and_not_withdrawn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "WAIT_S", 0.0)
    people = house.notifier._plan.people
    plan = house.notifier._plan.model_copy(update={"people": {**people, "maija": people["pekka"]}})
    house.notifier = Notifier(house.url, plan, lambda: house.clock[0], ways=Ways(timeout_s=0))
    house.hook.answers.clear()
    one = _raise(house)
    house.step()
    _as_owner(house, ACKNOWLEDGE, one)
    house.step(timedelta(seconds=1))
    assert house.rows(PENDING) == [(None, None, True)]
    house.hook.answers.set()
    wait_until(
        lambda: (
            house.step() or house.rows("SELECT FROM message WHERE handed_over_at > '-infinity'")
        ),
        "its answer was not written down",
    )
    ((at, _, is_withdrawn),) = house.rows(PENDING)
    assert (at is not None, is_withdrawn) == (True, False)


def test_a_process_that_dies_while_it_sends_leaves_the_message_to_another(house: House) -> None:
    _raise(house)
    with psycopg.connect(house.url, autocommit=True) as connection:
        outbox.plan_messages(connection, house.notifier._plan, house.clock[0])
        site = outbox.site_of(connection, house.notifier._plan)
        assert len(outbox.claim(connection, site, house.clock[0])) == 1  # and dies
    assert house.step() == 0
    assert house.step(outbox.CLAIM) == 1
    assert len(house.mail.letters) == 1


def test_two_notifiers_by_mistake_send_each_message_once(house: House) -> None:
    for number in range(4):
        _raise(house, f"n{number}")
    now = house.clock[0]
    other = replace(house, notifier=Notifier(house.url, house.notifier._plan, lambda: now))
    threads = [threading.Thread(target=each.step) for each in (house, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.step()
    assert len(house.mail.letters) == 4
    assert len(house.rows("SELECT FROM message")) == 4


def _link(house: House) -> bytes:
    body = _body(house.mail.letters[-1])
    token = body.partition("/alarms/answer/")[2].split()[0].strip('"<>').partition("<")[0]
    return token_hash(token)


def _alarm_of(house: House, login: str, token_sha256: bytes) -> Any:
    with _as(house, login) as connection:
        return alarm_of_link(connection, token_sha256)


def _answer(house: House, login: str, token_sha256: bytes) -> None:
    with _as(house, login) as connection:
        connection.execute("SELECT visible.answer_by_link(%s)", (token_sha256,))


@contextmanager
def _as(house: House, login: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(house.url) as connection:
        row = connection.execute(
            "SELECT account_id FROM account WHERE login = %s", (login,)
        ).fetchone()
        assert row is not None
        bind(connection, f"account:{row[0]}")
        yield connection


def test_a_link_acknowledges_once_for_its_reader_in_time_and_for_nobody_else(house: House) -> None:
    one = _raise(house)
    house.step()
    token = _link(house)
    for stranger in ("pekka", "alpha", "guest"):
        assert _alarm_of(house, stranger, token) is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _answer(house, stranger, token)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _answer(house, "maija", token_hash("guessed"))
    assert _alarm_of(house, "maija", token) == one.alarm_id  # so that its page can name it
    assert _alarm_of(house, "maija", token_hash("guessed")) is None
    _answer(house, "maija", token)
    acts = house.rows(
        "SELECT k.occurrence, login FROM alarm_act k JOIN account USING (account_id)"
        f" WHERE k.alarm_id = '{one.alarm_id}'"
    )
    assert acts == [(one.occurrence, "maija")]
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        _answer(house, "maija", token)


def test_a_link_from_last_week_is_over(house: House) -> None:
    _raise(house)
    house.step()
    with psycopg.connect(house.url) as connection:
        connection.execute("UPDATE message_link SET expires_at = now() - INTERVAL '6 days'")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        _answer(house, "maija", _link(house))


def test_neither_viewers_nor_the_database_know_what_is_secret_in_a_channel(house: House) -> None:
    house.hook.statuses = [500]
    _raise(house)
    house.step()
    house.step(timedelta(minutes=10))
    stored = str(house.rows("SELECT * FROM message")) + str(
        house.rows("SELECT * FROM message_link")
    )
    assert SECRET not in stored
    with psycopg.connect(house.url) as connection:
        for viewer, count in (("alpha", 0), ("guest", 0), ("operator", 2)):
            bind(connection, f"account:{_account(house, viewer)}")
            for view in ("message", "roster_week", "roster_person"):
                rows = connection.execute(f"SELECT * FROM visible.{view}").fetchall()
                assert bool(rows) == bool(count), (viewer, view)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT body FROM public.message")


def _account(house: House, login: str) -> int:
    return int(house.rows(f"SELECT account_id FROM account WHERE login = '{login}'")[0][0])


def test_only_who_leads_writes_the_roster(house: House) -> None:
    def write(login: str, duty: str = "maija") -> None:
        with viewing(house.url, f"account:{_account(house, login)}") as connection:
            connection.execute("SELECT visible.set_roster_week('s', '2026-12-07', %s, '')", (duty,))

    write("engineer")
    for other in ("operator", "alpha", "guest"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            write(other)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        write("engineer", "alpha")
