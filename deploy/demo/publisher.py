"""Publishes over MQTT with QoS 1: waits for the broker, says so, and comes back after a break."""

import logging
import ssl
import threading
import time
import uuid

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from deploy.demo.errors import ReplaySettingWrong
from ingest.broker_url import parse_broker_url
from ingest.decoding.message import Message

INFLIGHT_LIMIT_MESSAGES = 200
QUEUE_LIMIT_MESSAGES = 20_000
KEEPALIVE_S = 20
RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 5
POLL_INTERVAL_S = 0.02

log = logging.getLogger(__name__)


class Publisher:
    """A connection to a broker that publishes. Use as a context; leaving it disconnects."""

    def __init__(self, mqtt_url: str) -> None:
        """Take mqtt://user:password@host:port or mqtts://…. Raises ReplaySettingWrong."""
        try:
            self._broker = parse_broker_url(mqtt_url)
        except ValueError as error:
            raise ReplaySettingWrong(f"The broker's address {error}.") from None
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"virtaama-replay-{uuid.uuid4().hex[:8]}",
            protocol=mqtt.MQTTv5,
        )
        if self._broker.username:
            self._client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.max_inflight_messages_set(INFLIGHT_LIMIT_MESSAGES)
        self._client.max_queued_messages_set(QUEUE_LIMIT_MESSAGES)
        self._client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._connected = threading.Event()
        self._waits = ""
        self._published = 0
        self._acknowledged = 0

    def __enter__(self) -> "Publisher":
        self._client.connect_async(self._broker.host, self._broker.port, KEEPALIVE_S)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._connected.is_set()

    @property
    def unacknowledged(self) -> int:
        """Messages that the broker has not taken over yet."""
        return self._published - self._acknowledged

    def publish(self, message: Message) -> bool:
        """Hand a message over; False if the queue is full: try again later."""
        if self.unacknowledged >= QUEUE_LIMIT_MESSAGES:
            return False
        info = self._client.publish(message.topic, message.payload, qos=1)
        if info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            return False
        self._published += 1
        return True

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has taken everything over; False if it did not in time."""
        until = time.monotonic() + timeout_s
        while self.unacknowledged:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_INTERVAL_S)
        return True

    def _on_connect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if reason.is_failure:
            self._wait(f"the broker at {self._broker} refuses us: {reason}")
            return
        log.info("connect: the broker at %s is there", self._broker)
        self._waits = ""
        self._connected.set()

    def _on_connect_fail(self, _client: mqtt.Client, _data: object) -> None:
        self._wait(f"there is no broker at {self._broker} yet")

    def _wait(self, reason: str) -> None:
        # Said once: it tries every few seconds, maybe for days.
        if self._waits != reason:
            log.warning("wait: %s; trying on", reason)
        self._waits = reason

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if self._connected.is_set():
            log.info("disconnect: from the broker at %s: %s", self._broker, reason)
        self._connected.clear()

    def _on_publish(
        self, _client: mqtt.Client, _data: object, _mid: int, _reason: ReasonCode, _: object
    ) -> None:
        self._acknowledged += 1
