"""The embedded broker: carries messages, keeps them over a stop, and names a taken port."""

import queue
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from deploy.errors import PortTaken
from deploy.stack.broker import Broker
from deploy.stack.ports import LOOPBACK
from tests.fixtures.mqtt_client import AccountClient

TIMEOUT_S = 10.0
SHARED = Path(__file__).parents[2] / "deploy/mosquitto/mosquitto.conf"
LARGEST_PACKET_BYTES = 1_048_576  # what we ship


class _Subscriber:
    """A client with a lasting session, which keeps what it receives."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self.received: queue.Queue[bytes] = queue.Queue()
        subscribed: queue.Queue[object] = queue.Queue()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, f"subscriber of {topic}", protocol=mqtt.MQTTv5
        )
        self.client.on_message = lambda _client, _data, message: self.received.put(
            bytes(message.payload)
        )
        self.client.on_subscribe = lambda *arguments: subscribed.put(arguments)
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = 3600
        self.client.connect(broker.host, broker.port, clean_start=False, properties=lasting)
        self.client.loop_start()
        self.client.subscribe(topic, qos=1)
        subscribed.get(timeout=TIMEOUT_S)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def _publish(broker: Broker, topic: str, payload: bytes) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.publish(topic, payload, qos=1).wait_for_publish(TIMEOUT_S)
    client.disconnect()
    client.loop_stop()


def test_a_message_arrives(broker: Broker) -> None:
    subscriber = _Subscriber(broker, "test/arrives")
    _publish(broker, "test/arrives", b"563.2")
    assert subscriber.received.get(timeout=TIMEOUT_S) == b"563.2"
    subscriber.close()


def test_what_waits_for_a_subscriber_survives_a_stop_of_the_broker(
    broker_factory: Callable[..., Broker],
) -> None:
    broker = broker_factory()
    broker.start()
    _Subscriber(broker, "test/waits").close()
    _publish(broker, "test/waits", b"1")
    broker.stop()
    broker.start()
    subscriber = _Subscriber(broker, "test/waits")
    assert subscriber.received.get(timeout=TIMEOUT_S) == b"1"
    subscriber.close()


def test_a_taken_port_is_named(scratch_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} .* another port with Broker"):
            Broker(scratch_dir / "taken", port=port).start()


def test_the_broker_accepts_every_setting_it_is_given(broker: Broker) -> None:
    log = (broker.data_dir / "mosquitto.log").read_text(encoding="utf-8")
    assert "Error" not in log
    assert "recommended" not in log, "Mosquitto knows a newer name for a setting"


def test_who_sends_a_message_beyond_the_limit_is_disconnected_and_others_go_on(
    broker: Broker,
) -> None:
    _check_limit(broker)


class _ComposeBroker(Broker):
    """The broker with the files that the compose file gives it."""

    def _write_config(self) -> Path:
        included = self._store / "conf.d"
        included.mkdir(exist_ok=True)
        mounted = (SHARED.parents[1] / "compose/compose.yaml").read_text(encoding="utf-8")
        assert "../mosquitto/mosquitto.conf:/mosquitto/config/conf.d/virtaama.conf:ro" in mounted
        shutil.copy(SHARED, included / "virtaama.conf")
        config = self._store / "mosquitto.conf"
        written = (SHARED.parents[1] / "compose/mosquitto.conf").read_text(encoding="utf-8")
        for theirs, ours in (
            ("/mosquitto/config/conf.d", str(included)),
            ("/mosquitto/data", f"{self._store}/"),
            ("listener 1883", f"listener {self.port} {LOOPBACK}"),
        ):
            assert theirs in written
            written = written.replace(theirs, ours)
        config.write_text(written, encoding="utf-8")
        return config


def test_the_broker_of_the_compose_file_has_the_limits_of_the_other_sample(stack_dir: Path) -> None:
    with _ComposeBroker(stack_dir / "composed") as broker:
        _check_limit(broker)


def _check_limit(broker: Broker) -> None:
    """Fail unless who sends too much in one message is disconnected, and another is not."""
    size = LARGEST_PACKET_BYTES + 1_000
    digits = [size >> shift & 0x7F for shift in (0, 7, 14, 21)]
    length = bytes([*(digit | 0x80 for digit in digits[:3]), digits[3]])
    address = (broker.host, broker.port)
    with (
        AccountClient(address, None, None) as other,
        socket.create_connection(address, timeout=10) as sender,
    ):
        other.connect()
        sender.sendall(b"\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06large1")
        assert sender.recv(4)[3] == 0
        sender.sendall(b"\x32" + length + b"\x00\x05large\x00\x01")
        with suppress(ConnectionResetError):  # the head tells how much there would be
            assert sender.recv(1) == b""
        assert other.publish("others").startswith(("Success", "No matching"))
