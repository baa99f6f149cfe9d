"""The limits that we set at the broker: what its log says when they refuse, and what it counts."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from deploy.stack.broker import Broker
from tests.fixtures.ingest_process import packet_length, publish_quickly
from tests.fixtures.mqtt_client import AccountClient
from tests.fixtures.refusing_at_broker import OFTEN, refusing_at_broker

TOO_LARGE_BYTES = 20_000_000
OF_THE_INGEST_BYTES = 2_000
SMALL_MEMORY_BYTES = 30_000_000
OF_A_CLIENT_BYTES, UNENDED_MESSAGES = 67_108_864, 80
PUBREC, QUOTA_EXCEEDED = 0x50, b"\x97"


@pytest.fixture
def small(request: pytest.FixtureRequest, scratch_dir: Path) -> Iterator[Broker]:
    """A broker with a setting of the test's own."""
    with Broker(scratch_dir / "broker", settings=OFTEN + request.param) as broker:
        yield broker


@contextmanager
def _subscribed(broker: Broker, expiry_s: int, **limits: int) -> Iterator[mqtt.Client]:
    """Connect as an ingest does; its session stays when the block ends."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "ingest", protocol=mqtt.MQTTv5)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = expiry_s
    for name, value in limits.items():
        setattr(properties, name, value)
    subscribed: list[object] = []
    client.on_connect = lambda *_: client.subscribe("plant/#", qos=1)
    client.on_subscribe = lambda *_: subscribed.append(True)
    client.connect(broker.host, broker.port, clean_start=False, properties=properties)
    while not subscribed:
        client.loop(timeout=0.1)
    try:
        yield client
    finally:
        client.disconnect()
        client.loop(timeout=0.1)


def _connected(broker: Broker) -> socket.socket:
    connection = socket.create_connection((broker.host, broker.port), timeout=10)
    connection.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01q")
    assert connection.recv(4)[3] == 0
    return connection


@pytest.mark.parametrize(
    "small", ["max_queued_messages 10\n", "max_queued_bytes 10000\n"], indirect=True
)
def test_what_waits_for_an_ingest_that_is_away_is_dropped_beyond_either_limit(
    small: Broker,
) -> None:
    with _subscribed(small, 300):
        pass
    with refusing_at_broker("broker_queue", small):
        publish_quickly(small.port, ((f"plant/{n}", b"x" * 1_000) for n in range(30)))


@pytest.mark.parametrize("small", [""], indirect=True)
def test_a_message_that_is_too_large_for_the_broker_or_for_the_ingest(small: Broker) -> None:
    with _subscribed(small, 300, MaximumPacketSize=OF_THE_INGEST_BYTES) as ingest:
        received: list[bytes] = []
        ingest.on_message = lambda _c, _d, message: received.append(message.payload)
        with refusing_at_broker("packet_bytes_of_the_ingest", small):
            publish_quickly(small.port, [("plant/a", b"x" * 5_000), ("plant/a", b"small")])
        with refusing_at_broker("packet_bytes", small), _connected(small) as gateway:
            gateway.sendall(b"\x30" + packet_length(TOO_LARGE_BYTES) + b"\x00\x07plant/a")
            with suppress(ConnectionResetError):
                assert gateway.recv(1) == b""
        while b"small" not in received:  # the others go on
            ingest.loop(timeout=0.1)
    assert received == [b"small"]


@pytest.mark.parametrize("small", [f"memory_limit {SMALL_MEMORY_BYTES}\n"], indirect=True)
def test_who_fills_the_memory_of_the_broker_is_disconnected(small: Broker) -> None:
    with _subscribed(small, 300):
        pass
    with refusing_at_broker("broker_memory", small), _connected(small) as gateway:
        for n in range(1, 80):
            body = b"\x00\x07plant/a" + n.to_bytes(2) + b"x" * 1_000_000
            with suppress(OSError):
                gateway.sendall(b"\x32" + packet_length(len(body)) + body)
                gateway.recv(4)
    with AccountClient((small.host, small.port), None, None) as other:
        assert other.connect() == "Success"
        assert other.publish("plant/b") in {"Success", "No matching subscribers"}


@pytest.mark.parametrize("small", [""], indirect=True)
def test_what_a_sender_never_ends_was_kept_until_the_plant_was_let_in_no_more(
    small: Broker,
) -> None:
    with socket.create_connection((small.host, small.port), timeout=10) as gateway:
        lasting = b"\x00\x04MQTT\x05\x00\x00\x3c\x05\x11\xff\xff\xff\xff\x00\x01q"
        gateway.sendall(b"\x10" + packet_length(len(lasting)) + lasting)
        assert gateway.recv(100)[3] == 0
        refused = [_is_refused(gateway, mid) for mid in range(1, UNENDED_MESSAGES)]
    assert refused.index(True) * 1_000_000 < OF_A_CLIENT_BYTES + 1_000_000
    assert all(refused[refused.index(True) :])


def _is_refused(gateway: socket.socket, mid: int) -> bool:
    """Send 1 MB with QoS 2, and never end it; tell whether it is beyond a quota."""
    body = b"\x00\x07plant/a" + mid.to_bytes(2) + b"\x00" + b"x" * 1_000_000
    gateway.sendall(b"\x34" + packet_length(len(body)) + body)
    head = gateway.recv(2, socket.MSG_WAITALL)
    answer = gateway.recv(head[1], socket.MSG_WAITALL)
    assert head[0] == PUBREC
    return answer[2:3] == QUOTA_EXCEEDED


@pytest.mark.parametrize("small", [""], indirect=True)
def test_a_session_that_is_away_too_long_is_given_up(small: Broker) -> None:
    with refusing_at_broker("broker_session", small), _subscribed(small, 1):
        pass
