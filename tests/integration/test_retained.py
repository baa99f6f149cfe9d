"""What the broker had kept before we came: taken once, all of it, beside what comes now."""

import asyncio
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker_access.password_file import hash_password
from deploy.stack.broker import Broker
from deploy.stack.ports import free_port
from ingest.metrics import Arrivals
from ingest.mqtt.intake import Intake
from ingest.mqtt.retained import RetainedSource
from ingest.settings import IngestSettings
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.ingest_process import IngestProcess, publish, rows
from tests.fixtures.points import NO_BOUNDS, add_mapping, add_points
from tests.fixtures.scrape import scrape
from tests.fixtures.service_process import DEADLINE_S, wait_until

RECEIVED = "retained: what the broker had kept is received"
KEPT = 100
T = 1_790_000_000_000
PASSWORD = "retained"
ACCOUNTS = ("ingest", "ingest-retained")


@pytest.fixture
def plant_url(migrated_url: str) -> str:
    add_points(migrated_url, {f"p-{n}": NO_BOUNDS for n in range(KEPT)}, site="fi")
    return migrated_url


def _keep(broker: Broker, messages: Iterable[tuple[str, bytes]], *, password: str = "") -> None:
    """Leave messages at the broker, half of them with QoS 0."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    if password:
        client.username_pw_set("plant", password)
    client.connect(broker.host, broker.port)
    client.loop_start()
    sent = [
        client.publish(topic, payload, qos=n % 2, retain=True)
        for n, (topic, payload) in enumerate(messages)
    ]
    for each in sent:
        each.wait_for_publish(DEADLINE_S)
    client.disconnect()
    client.loop_stop()


def _kept() -> list[tuple[str, bytes]]:
    return [(f"fi/main/p-{n}", b'{"t":%d,"v":%d}' % (T + n, n)) for n in range(KEPT)]


def _stored(url: str) -> int:
    return int(rows(url, "SELECT count(*) FROM reading")[0][0])


def _wait_for(url: str, count: int) -> None:
    wait_until(lambda: _stored(url) == count, f"not {count} readings")


def test_it_is_taken_once_however_often_the_ingest_starts(
    tmp_path: Path, plant_url: str, broker_factory: Callable[..., Broker]
) -> None:
    broker, port = broker_factory(), free_port()
    broker.start()
    _keep(broker, _kept())
    with IngestProcess(tmp_path, plant_url, broker.url, endpoint_port=port) as ingest:
        ingest.says(RECEIVED)
        assert _stored(plant_url) == KEPT
        assert scrape(port)["received_messages_total"] == KEPT
        assert scrape(port)["acknowledged_messages_total"] == KEPT
        assert ingest.stop() == 0
        ingest.start()
        ingest.says_anew("subscribed:", ingest.log.rindex("stop: done"))
        publish(broker.host, broker.port, [("fi/main/p-0", {"t": T - 1, "v": 1})])
        _wait_for(plant_url, KEPT + 1)
        assert scrape(port)["received_messages_total"] == 1
        assert ingest.log.count(RECEIVED) == 1
        assert ingest.stop() == 0
    assert rows(plant_url, "SELECT count(*) FROM quarantine") == [(0,)]


def test_who_is_killed_meanwhile_takes_all_of_it_and_what_came_then_is_there_once(
    tmp_path: Path, plant_url: str, broker_factory: Callable[..., Broker]
) -> None:
    broker = broker_factory()
    broker.start()
    _keep(broker, [(topic, payload + b" " * 100_000) for topic, payload in _kept()])
    slow = {"retained_limit_bytes": 1, "flush_interval_s": 0.2}  # what one read brings at a time
    with IngestProcess(tmp_path, plant_url, broker.url, **slow) as ingest:
        wait_until(lambda: _stored(plant_url) > 5, "nothing of it is taken")
        bare = [("fi/main/p-0", number) for number in range(20)]  # no time to know them by
        publish(broker.host, broker.port, bare)
        ingest.kill()
        assert RECEIVED not in ingest.log
    with IngestProcess(tmp_path, plant_url, broker.url) as ingest:
        ingest.says(RECEIVED)
        _wait_for(plant_url, KEPT + 20)
        assert ingest.stop() == 0
    assert rows(plant_url, "SELECT count(*) FROM quarantine") == [(0,)]


@pytest.mark.parametrize("accounts", [ACCOUNTS, ACCOUNTS[:1]], ids=["account", "no account"])
def test_a_broker_that_has_no_account_for_it_gives_it_to_the_source(
    tmp_path: Path, scratch_dir: Path, plant_url: str, accounts: tuple[str, ...]
) -> None:
    access = scratch_dir / "access"
    access.mkdir()
    hashed = "".join(f"{name}:{hash_password(PASSWORD)}\n" for name in (*accounts, "plant"))
    (access / "passwords").write_text(hashed, encoding="utf-8")
    rules = "pattern readwrite #\npattern read $SYS/#\n"
    (access / "acl").write_text(rules, encoding="utf-8")
    kept = _kept()
    with Broker(scratch_dir / "broker", access=access) as broker:
        _keep(broker, kept, password=PASSWORD)
        url = f"mqtt://ingest:{PASSWORD}@{broker.host}:{broker.port}"
        with IngestProcess(tmp_path, plant_url, url) as ingest:
            ingest.says(RECEIVED)
            _wait_for(plant_url, KEPT)
            assert ("does not let in" in ingest.log) == (len(accounts) == 1)
            assert "Session taken over" not in ingest.log
            assert ingest.stop() == 0


def test_a_broker_of_another_kind_gives_it_to_the_source(
    tmp_path: Path, scratch_dir: Path, plant_url: str
) -> None:
    """Others answer before they have sent all: some of it was never taken, and nobody was told."""
    silent = "sys_interval 0\n"  # it does not say who it is
    with Broker(scratch_dir / "broker", settings=silent) as broker:
        _keep(broker, _kept())
        with IngestProcess(tmp_path, plant_url, broker.url) as ingest:
            ingest.says(RECEIVED)
            _wait_for(plant_url, KEPT)
            assert "does not say in $SYS/broker/version that it is Mosquitto" in ingest.log
            assert ingest.stop() == 0


def test_a_broker_that_has_forgotten_our_session_is_asked_again(
    tmp_path: Path, plant_url: str, broker_factory: Callable[..., Broker]
) -> None:
    broker = broker_factory()
    broker.start()
    with IngestProcess(tmp_path, plant_url, broker.url) as ingest:
        ingest.says(RECEIVED)
        broker.stop()
        shutil.rmtree(broker.data_dir / "broker")
        broker.start()
        _keep(broker, _kept())
        wait_until(lambda: ingest.log.count(RECEIVED) == 2, "it does not ask again")
        _wait_for(plant_url, KEPT)
        assert ingest.stop() == 0


def test_a_new_topic_of_the_site_is_asked_for_what_was_kept_and_no_other(
    tmp_path: Path, plant_url: str, broker_factory: Callable[..., Broker]
) -> None:
    broker, port = broker_factory(), free_port()
    broker.start()
    _keep(broker, [*_kept(), ("gw/new", b'{"t":%d,"v":7}' % (T - 7))])
    with IngestProcess(tmp_path, plant_url, broker.url, endpoint_port=port) as ingest:
        ingest.says(RECEIVED)
        value = (ValueMapping("main/p-0", "/v"),)
        mapping = TopicMapping("new", "gw/new", value, time_pointer="/t", time_format="epoch_ms")
        add_mapping(plant_url, mapping, site="fi")
        rows(plant_url, "SELECT pg_notify('virtaama_site', '')")
        _wait_for(plant_url, KEPT + 1)
        wait_until(lambda: ingest.log.count(RECEIVED) == 2, "it does not say so")
        assert scrape(port)["received_messages_total"] == KEPT + 1
        assert ingest.stop() == 0


def test_what_comes_now_is_left_to_the_source_and_counted_once() -> None:
    """A live message between its two subscriptions was counted by both."""

    async def run() -> tuple[list[str], Arrivals]:
        intake, arrivals = Intake(100, 10_000, asyncio.get_running_loop()), Arrivals()
        settings = IngestSettings(database_url="postgresql://x/x", mqtt_url="mqtt://x:1")
        source = RetainedSource(settings, intake, arrivals, lambda: T, lambda _: None)
        source._connection = -1
        source._filters = ["#"]
        source._received([("a", b"1", 1, 1, False), ("b", b"2", 2, 1, True)])
        taken = await intake.own.take(9, 10_000, 0.01)
        source.acknowledge(taken)
        source.stop()
        return [each.message.topic for each in taken], arrivals

    assert asyncio.run(run()) == (["b"], Arrivals(received=1, acknowledged=1))
