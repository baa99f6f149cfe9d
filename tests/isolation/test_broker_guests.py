"""What a gateway of a company tries at the broker beside publishing: wills, subscriptions, aliases.

None of it reaches what is not its own, and none of it stops the others.
"""

import queue
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.broker_access.folder import Wanted, write_folder
from deploy.stack.broker import Broker
from tests.fixtures.guarded import Guarded
from tests.fixtures.ingest_process import packet_length
from tests.fixtures.running_trials import with_running_trials

REFUSED = "Not authorized"
GATEWAY = "gateway-ozone"
OWN, OTHERS = "mikkeli/trial/p04-ft-01", "mikkeli/main/jv-ft-205"
FOREVER_S = 4_294_967_295
LARGEST_PACKET_BYTES = 268_435_455  # that MQTT has a number for
SILENCE_S = 0.5
SMALL_BROKER_BYTES = 60_000_000
PACKETS, SUBSCRIPTIONS = 20, 2_000  # of which each has so many; some 15 kB each


@pytest.fixture(scope="module")
def guarded(stack_dir: Path) -> Iterator[Guarded]:
    """A broker that would give all its clients together little memory."""
    folder = stack_dir / "guests-access"
    now = datetime.now(UTC)
    written = write_folder(folder, Wanted(with_running_trials(now), now))
    settings = f"memory_limit {SMALL_BROKER_BYTES}\n"
    with Broker(stack_dir / "guests-broker", access=folder, settings=settings) as broker:
        yield Guarded(broker, folder, dict(written.fresh))


def _heard(received: "queue.Queue[tuple[str, bytes]]") -> list[tuple[str, bytes]]:
    """Return what came until it was silent for a while."""
    heard = []
    while True:
        try:
            heard.append(received.get(timeout=SILENCE_S))
        except queue.Empty:
            return heard


def test_a_will_reaches_the_gateways_own_topics_and_no_others(guarded: Guarded) -> None:
    with guarded.client("ingest") as ingest:
        ingest.connect()
        ingest.subscribe("mikkeli/#")
        for topic in (OTHERS, "mikkeli/trial", "$SYS/broker/uptime", OWN):
            with guarded.client(GATEWAY) as gateway:
                assert gateway.connect(will=topic) == "Success"
                gateway.vanish()
        assert ingest.received.get(timeout=10.0) == (OWN, b"will")
        assert _heard(ingest.received) == []
    with guarded.client("ingest") as later:  # what is retained
        later.connect()
        later.subscribe("mikkeli/#")
        later.subscribe("$SYS/#")
        assert _heard(later.received) == [(OWN, b"will")]


def test_a_will_of_256_megabytes_ends_the_connection_that_begins_it(guarded: Guarded) -> None:
    address = (guarded.broker.host, guarded.broker.port)
    with guarded.client("plant") as plant, socket.create_connection(address, timeout=10) as guest:
        plant.connect()
        guest.sendall(b"\x10" + packet_length(LARGEST_PACKET_BYTES) + b"\x00\x04MQTT\x05")
        with suppress(ConnectionResetError):
            assert guest.recv(1) == b""
        assert plant.publish(OTHERS) != REFUSED


def test_shared_and_numbered_subscriptions_bring_nothing_and_take_nothing(guarded: Guarded) -> None:
    with (
        guarded.client("ingest") as ingest,
        guarded.client("plant") as plant,
        guarded.client(GATEWAY) as gateway,
    ):
        for client in (ingest, plant, gateway):
            client.connect()
        ingest.subscribe("mikkeli/main/#")
        for number, wanted in enumerate(("$share/a/mikkeli/#", "$share/a/#", "$SYS/#", "#"), 1):
            gateway.subscribe(wanted, number=None if wanted.startswith("$share") else number)
        sent = [(OTHERS, b"%d" % n) for n in range(20)]
        for topic, payload in sent:
            plant.publish(topic, payload)
        assert [ingest.received.get(timeout=10.0) for _ in sent] == sent
        assert _heard(gateway.received) == []


def test_an_alias_leads_to_no_topic_of_others(guarded: Guarded) -> None:
    with guarded.client(GATEWAY) as gateway:
        gateway.connect()
        assert gateway.publish(OTHERS, alias=1) == REFUSED
        assert gateway.publish("", alias=1) == REFUSED
        assert gateway.publish(OWN, alias=1) != REFUSED
        assert gateway.publish("", alias=1) != REFUSED


def test_nothing_waits_for_a_gateway_that_left_for_ever(guarded: Guarded) -> None:
    with guarded.client(GATEWAY) as gateway:
        gateway.connect(lasting=True, expiry_s=FOREVER_S)
        gateway.subscribe("#")
        gateway.vanish()
    with guarded.client("plant") as plant:
        plant.connect()
        for number in range(50):
            plant.publish(OTHERS, b"%d" % number)
    with guarded.client(GATEWAY) as again:
        again.connect(lasting=True, expiry_s=0)
        assert _heard(again.received) == []


def test_topics_that_a_gateway_invents_are_kept_by_nobody(guarded: Guarded) -> None:
    with guarded.client(GATEWAY) as gateway, guarded.client("ingest") as ingest:
        gateway.connect()
        for number in range(200):
            assert gateway.publish(f"{OWN}/{number}", b"x" * 1_000, retain=True) == REFUSED
        ingest.connect()
        ingest.subscribe(f"{OWN}/+")
        assert _heard(ingest.received) == []


def test_whose_subscriptions_fill_the_broker_is_disconnected_and_others_go_on(
    guarded: Guarded,
) -> None:
    with guarded.client("plant") as plant, guarded.client("ingest") as ingest:
        plant.connect()
        ingest.connect()
        ingest.subscribe("mikkeli/main/#")
        with _signed_in(guarded) as gateway:
            ended = any(not _subscribes(gateway, packet) for packet in range(PACKETS))
        assert ended, "the broker took all of them"
        plant.publish(OTHERS, b"after")
        assert (OTHERS, b"after") in [ingest.received.get(timeout=10.0)]
        assert plant.connected
        assert ingest.connected


def _signed_in(guarded: Guarded) -> socket.socket:
    connection = socket.create_connection((guarded.broker.host, guarded.broker.port), timeout=30)
    texts = ("guest", GATEWAY, guarded.passwords[GATEWAY])
    body = b"\x00\x04MQTT\x04\xc2\x02\x58" + b"".join(map(_text, texts))
    connection.sendall(b"\x10" + packet_length(len(body)) + body)
    assert connection.recv(4)[3] == 0
    return connection


def _subscribes(connection: socket.socket, packet: int) -> bool:
    """Subscribe to many deep topics; tell whether the broker still answers."""
    first = packet * SUBSCRIPTIONS
    wanted = (f"{first + number}{'/a' * 20}" for number in range(SUBSCRIPTIONS))
    body = b"\x00\x01" + b"".join(_text(each) + b"\x00" for each in wanted)
    try:
        connection.sendall(b"\x82" + packet_length(len(body)) + body)
        answer = b""
        while len(answer) < SUBSCRIPTIONS:
            data = connection.recv(65_536)
            if not data:
                return False
            answer += data
    except OSError:
        return False
    return True


def _text(text: str) -> bytes:
    return len(text).to_bytes(2) + text.encode()
