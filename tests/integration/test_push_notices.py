"""Alarms in browsers, against a push service that decrypts them, with faults."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.notification import hand_over, outbox
from dashboard.notification.hand_over import Ways
from dashboard.notification.plan_file import read_plan
from dashboard.notification.push_keys import new_private, read_push_key
from dashboard.notification.push_sender import TTL_S, PushSender
from dashboard.notification.service import Notifier
from deploy.stack.ports import LOOPBACK
from tests.fixtures.alarms import SeededAlarm, alarm, carry_out
from tests.fixtures.notifying import Notifying
from tests.fixtures.people import add_person
from tests.fixtures.push_service import TLS, PushService, push_service
from tests.fixtures.service_process import wait_until
from tests.fixtures.tenants import seed
from tests.fixtures.viewing import bind

ON_DUTY = """
INSERT INTO roster_week
SELECT 1, date_trunc('week', now() AT TIME ZONE 'Europe/Helsinki')::date + 7 * n,
       a.account_id, b.account_id
FROM account a, account b, generate_series(0, 1) n WHERE a.login = 'maija' AND b.login = 'pekka'
"""
SUBSCRIBE = "SELECT visible.subscribe_push(%s, %s, %s, %s, 'sv', 'Chrome · Android')"


@dataclass
class House(Notifying):
    """A notifier with its clock, and the push service of its people's browsers."""

    service: PushService
    sender: PushSender

    def subscribe(self, login: str, name: str, key: str | None = None) -> None:
        """Let somebody be told in a browser."""
        endpoint, keys = self.service.browser(name)
        ((account,),) = self.rows(f"SELECT account_id FROM account WHERE login = '{login}'")
        with psycopg.connect(self.url) as connection:
            bind(connection, f"account:{account}")
            public = key or self.sender.public_key
            connection.execute(SUBSCRIBE, (endpoint, keys.p256dh, keys.auth, public))

    def told(self) -> list[str]:
        """Return which browsers were told, in turn."""
        return [path.removeprefix("/push/") for path, _, _ in self.service.taken]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "push.pem"
    path.write_text(new_private()[0], encoding="utf-8")
    return path


@pytest.fixture
def house(
    migrated_url: str, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    tenants = seed(migrated_url)
    tenants.owner("UPDATE alarm_state SET is_acknowledged = true")
    for login in ("maija", "pekka"):
        add_person(migrated_url, login, "operator")
    tenants.owner(ON_DUTY)
    file = tmp_path / "notify.toml"
    # Neither of those on duty is in the file: they are reached by what they chose themselves.
    file.write_text(
        'site = "s"\naddress = "https://v.example.fi/virtaama"\nfallback = ["boss"]\n'
        f'[people.boss]\nchannels = ["json://{LOOPBACK}:9/nobody?cto=1&rto=1"]\n'
        "[priorities.high]\nescalate_after_min = 10\n",
        encoding="utf-8",
    )
    clock = [datetime.now(UTC)]
    plan = read_plan(file).model_copy(update={"test_at": None})
    with push_service() as service:
        sender = PushSender(
            read_push_key(key_file), LOOPBACK, plan.address, lambda: datetime.now(UTC)
        )
        notifier = Notifier(migrated_url, plan, lambda: clock[0], Ways(push=sender, timeout_s=3))
        yield House(migrated_url, notifier, clock, service, sender)
        service.answers.set()


def _raise(house: House, key: str = "loud") -> SeededAlarm:
    return alarm(house.url, key, [2], datetime.now(UTC), name=f"Larm {key}", value=6.5)


def test_who_is_on_duty_is_told_in_each_of_their_browsers_once_encrypted_and_signed(
    house: House,
) -> None:
    house.subscribe("maija", "phone")
    house.subscribe("maija", "desk")
    house.subscribe("pekka", "other")
    _raise(house)
    assert house.step() == 2
    assert house.step() == 0
    assert sorted(house.told()) == ["desk", "phone"]
    for (_, headers, notice), claims in zip(house.service.taken, house.service.claims, strict=True):
        assert notice["title"] == "[hög] Larm loud"  # in the language of the browser's page
        assert notice["lines"][0].endswith("6,5 m3/h") or "6,5" in notice["lines"][0]
        assert notice["raised_ms"] <= datetime.now(UTC).timestamp() * 1000
        assert notice["path"].startswith("/virtaama/alarms/answer/")
        assert headers["TTL"] == str(TTL_S["high"])
        assert headers["Urgency"] == "high"
        assert headers["Content-Encoding"] == "aes128gcm"
        assert claims["aud"] == house.service.origin
        assert claims["sub"] == "https://v.example.fi/virtaama"
    proof = house.rows("SELECT attempts, handed_over_by, handed_over_at IS NOT NULL FROM message")
    assert proof == [(1, "push", True)] * 2
    assert house.step(timedelta(minutes=10)) == 1
    assert house.told()[-1] == "other"
    assert any("Ingen har kvitterat" in line for line in house.service.taken[-1][2]["lines"])


def test_a_notices_link_acknowledges_for_its_reader_alone(house: House) -> None:
    house.subscribe("maija", "phone")
    _raise(house)
    house.step()
    links = "SELECT login FROM message_link JOIN account USING (account_id)"
    assert house.rows(links) == [("maija",)]


def test_a_push_service_that_fails_or_redirects_is_tried_again_until_it_takes_the_notice(
    house: House,
) -> None:
    house.subscribe("maija", "phone")
    house.service.statuses = [500, 307, 429]
    _raise(house)
    assert house.step() == 0
    assert house.rows("SELECT error FROM message") == [("push: the service answered 500",)]
    assert house.step() == 0  # its time has not come
    assert house.step(timedelta(seconds=15)) == 0
    assert house.step(timedelta(seconds=31)) == 0
    assert house.step(timedelta(seconds=61)) == 1
    assert house.step(timedelta(minutes=1)) == 0
    assert house.told() == ["phone"]
    assert {path for _, path in house.service.asked} == {"/push/phone"}  # nobody went elsewhere


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_somebody_else_is_called_at_once(
    house: House, status: int
) -> None:
    house.subscribe("maija", "phone")
    house.service.statuses = [status]
    _raise(house)
    assert house.step() == 0
    assert house.rows("SELECT FROM push_subscription") == []
    assert house.rows("SELECT given_up_at IS NOT NULL FROM message") == [(True,)]
    house.step()
    others = house.rows("SELECT recipient, body FROM message WHERE channel >= 0")
    assert [recipient for recipient, _ in others] == ["boss"]
    assert "aukko" in others[0][1]


def test_a_push_service_that_hangs_holds_up_no_other_browser_and_is_not_told_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "WAIT_S", 0.2)
    house.subscribe("maija", "phone")
    house.service.answers.clear()
    _raise(house)
    assert house.step() == 0
    assert len(house.service.asked) == 1
    with push_service() as other:
        house.service.browsers |= other.browsers
        house.subscribe("pekka", "other")
        with psycopg.connect(house.url) as connection:
            connection.execute(
                "UPDATE push_subscription SET endpoint = replace(endpoint, %s, %s)"
                " WHERE endpoint LIKE '%%/other'",
                (house.service.origin, other.origin),
            )
        other.browsers["/push/other"] = house.service.browsers["/push/other"]
        house.step(timedelta(minutes=10))
        wait_until(lambda: house.step() or other.taken, "pekka waited for maija's push service")
    house.service.answers.set()
    wait_until(lambda: house.step() or house.service.taken, "the answer was not written down")
    wait_until(
        lambda: house.step() or house.rows("SELECT FROM message WHERE handed_over_by = 'push'"),
        "it was not written down",
    )
    assert len(house.service.taken) == 1


def test_a_notice_that_waits_is_not_sent_to_a_browser_that_was_ended_or_whose_account_was_closed(
    house: House,
) -> None:
    house.subscribe("maija", "phone")
    house.service.statuses = [500]
    _raise(house)
    house.step()
    with psycopg.connect(house.url) as connection:
        connection.execute("UPDATE account SET disabled_at = now() WHERE login = 'maija'")
    assert house.rows("SELECT FROM push_subscription") == []
    house.step(timedelta(minutes=1))
    assert house.told() == []
    given_up = "SELECT given_up_at IS NOT NULL FROM message WHERE channel < 0"
    assert house.rows(given_up) == [(True,)]


def test_a_browser_that_knows_another_key_is_not_called_and_the_roster_has_a_hole(
    house: House,
) -> None:
    house.subscribe("maija", "phone", new_private()[1])
    _raise(house)
    house.step()
    assert house.told() == []
    assert house.rows("SELECT recipient FROM message") == [("boss",)]


def test_a_browser_of_staff_of_another_site_is_told_nothing(house: House) -> None:
    house.subscribe("maija", "phone")
    with psycopg.connect(house.url) as connection:
        connection.execute(
            "INSERT INTO site (key, name, time_zone) VALUES ('t', '{}', 'Europe/Stockholm');"
            "UPDATE account SET all_sites = false WHERE login = 'maija';"
            "DELETE FROM account_site USING account"
            " WHERE account.account_id = account_site.account_id AND login = 'maija';"
            "INSERT INTO account_site SELECT account_id, site_id FROM account, site"
            " WHERE login = 'maija' AND key = 't'"
        )
    _raise(house)
    for _ in range(4):
        house.step(timedelta(minutes=10))
    assert house.told() == []


def test_two_notifiers_by_mistake_and_one_that_died_tell_a_browser_once(house: House) -> None:
    house.subscribe("maija", "phone")
    _raise(house)
    with psycopg.connect(house.url, autocommit=True) as connection:
        plan, key = house.notifier._plan, house.sender.public_key
        outbox.plan_messages(connection, plan, house.clock[0], key)
        site = outbox.site_of(connection, plan)
        assert len(outbox.claim(connection, site, house.clock[0])) == 1  # and dies
    house.clock[0] += outbox.CLAIM
    at = house.clock[0]
    other = Notifier(house.url, plan, lambda: at, Ways(push=house.sender, timeout_s=3))

    def step(notifier: Any) -> None:
        with psycopg.connect(house.url, autocommit=True) as connection:
            notifier.step(connection)

    threads = [threading.Thread(target=step, args=(each,)) for each in (house.notifier, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.step()
    assert house.told() == ["phone"]


ACKNOWLEDGE = """
INSERT INTO alarm_act (alarm_id, occurrence, kind, account_id)
SELECT %s, %s, 'acknowledge', account_id FROM account WHERE login = 'pekka'
"""


def _over(house: House) -> list[tuple[str, str, Any]]:
    """Return which browsers were sent what replaces a notice, by which tag, and what it says."""
    sent = [(path, notice) for path, _, notice in house.service.taken if notice.get("is_quiet")]
    return [(path.rpartition("/")[2], notice["tag"], notice["lines"]) for path, notice in sent]


def test_a_notice_called_on_after_somebody_else_had_acknowledged(house: House) -> None:
    house.subscribe("maija", "phone")
    house.subscribe("pekka", "other")
    one = _raise(house)
    house.step()
    house.step(timedelta(minutes=10))
    assert house.told() == ["phone", "other"]
    assert not _over(house)
    tags = {path: notice["tag"] for path, _, notice in house.service.taken}
    with psycopg.connect(house.url) as connection:
        connection.execute(ACKNOWLEDGE, (one.alarm_id, one.occurrence))
    house.step()
    carry_out(house.url)
    for _ in range(3):
        house.step(timedelta(minutes=10))
    over = _over(house)
    assert sorted((name, tag) for name, tag, _ in over) == [
        ("other", tags["/push/other"]),
        ("phone", tags["/push/phone"]),
    ]
    assert all(line.startswith("Kvitterat av ") for _, _, (line,) in over)
    topics = {headers["Topic"] for _, headers, _ in house.service.taken}
    assert topics == {tags["/push/phone"].replace("-", "")}  # one that waits is replaced, too


def test_a_notice_says_that_its_alarm_has_cleared_and_later_who_acknowledged(house: House) -> None:
    house.subscribe("maija", "phone")
    one = _raise(house)
    house.step()
    with psycopg.connect(house.url) as connection:
        connection.execute(
            "UPDATE alarm_occurrence SET cleared_at = now() WHERE occurrence = %s",
            (one.occurrence,),
        )
        connection.execute(
            "UPDATE alarm_state SET state = 'returned_unacknowledged', is_active = false"
            " WHERE alarm_id = %s",
            (one.alarm_id,),
        )
    house.step()
    house.step()
    ((_, _, (line,)),) = _over(house)
    assert "Upphört" in line
    with psycopg.connect(house.url) as connection:
        connection.execute(ACKNOWLEDGE, (one.alarm_id, one.occurrence))
    house.step()
    assert [line.partition(" ")[0] for _, _, (line,) in _over(house)] == ["Upphört", "Kvitterat"]


def test_an_apple_browser_gets_no_second_notice_where_it_cannot_replace_the_first(
    house: House,
) -> None:
    house.subscribe("maija", "phone")
    one = _raise(house)
    house.step()
    with psycopg.connect(house.url) as connection:
        connection.execute("UPDATE push_subscription SET endpoint = 'https://web.push.apple.com/x'")
        connection.execute(ACKNOWLEDGE, (one.alarm_id, one.occurrence))
    house.step()
    assert house.rows("SELECT FROM message WHERE kind = 'over'") == []


def test_neither_log_nor_roster_page_holds_where_a_browser_is_reached(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.subscribe("maija", "phone")
    house.service.statuses = [500]
    _raise(house)
    house.step()
    assert "/push/phone" not in caplog.text
    assert "/push/phone" not in str(house.rows("SELECT * FROM message"))
