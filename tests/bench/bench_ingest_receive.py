"""Broker to Python: messages with QoS 1, each acknowledged by us, against a bare C subscriber."""

import asyncio
import time
from collections.abc import Callable
from itertools import count as numbers

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from deploy.stack.broker import Broker
from ingest.metrics import Arrivals
from ingest.mqtt.consumer import Source
from ingest.mqtt.intake import Intake
from ingest.settings import IngestSettings
from tests.bench.load import FILTER, BareClient

MESSAGES = 300_000
RECEIVE_MAXIMUM_MESSAGES = 40_000
TARGET_OF_BARE = 0.4

_names = (f"bench {number}" for number in numbers())


def _source(broker: Broker, client_id: str) -> float:
    """Receive through our source and intake; acknowledge what the intake gives at once."""

    async def run() -> float:
        loop = asyncio.get_running_loop()
        failure: asyncio.Future[None] = loop.create_future()
        settings = IngestSettings(
            database_url="postgresql://nowhere/nothing",
            mqtt_url=broker.url,
            ingest_client_id=client_id,
        )
        intake = Intake(40_000, 67_108_864, loop)
        source = Source(
            settings,
            intake,
            Arrivals(),
            clock_us=lambda: time.time_ns() // 1000,
            on_failure=lambda error: loop.call_soon_threadsafe(failure.set_exception, error),
        )
        source.subscribe([FILTER])
        source.start()
        try:
            taken = await intake.own.take(10_000, 1_048_576, 0.1)
            began_s = time.monotonic()
            seen = len(taken)
            source.acknowledge(taken)
            while seen < MESSAGES:
                taken = await intake.own.take(10_000, 1_048_576, 0.1)
                seen += len(taken)
                source.acknowledge(taken)
            return seen / (time.monotonic() - began_s)
        finally:
            await asyncio.to_thread(source.stop)

    return asyncio.run(run())


def _plain_paho(broker: Broker, client_id: str) -> float:
    """Receive with paho as it comes, and acknowledge in the callback."""
    began_s = seen = 0.0

    def received(client: Client, _: object, message: MQTTMessage) -> None:
        nonlocal began_s, seen
        began_s = began_s or time.monotonic()
        seen += 1
        client.ack(message.mid, message.qos)
        if seen == MESSAGES:
            client.disconnect()

    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )
    client.on_message = received
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3600
    properties.ReceiveMaximum = RECEIVE_MAXIMUM_MESSAGES
    client.connect(broker.host, broker.port, clean_start=False, properties=properties)
    client.loop_forever()
    return seen / (time.monotonic() - began_s)


def test_broker_to_python(bare: BareClient, roomy_broker: Broker) -> None:
    def backlog_of(receive: Callable[[str], float]) -> float:
        client_id = next(_names)
        bare.keep_session(client_id)
        bare.publish(MESSAGES)
        try:
            return receive(client_id)
        finally:
            bare.end_session(client_id)

    reference = backlog_of(lambda name: bare.receive(name, MESSAGES))
    plain = backlog_of(lambda name: _plain_paho(roomy_broker, name))
    ours = backlog_of(lambda name: _source(roomy_broker, name))
    reference = max(reference, backlog_of(lambda name: bare.receive(name, MESSAGES)))
    print(
        f"\nbroker to Python, QoS 1, acknowledged by hand, {MESSAGES} waiting messages:"
        f"\n  bare C subscriber   {reference:10,.0f} a second   1.00"
        f"\n  paho as it comes    {plain:10,.0f} a second   {plain / reference:.2f}"
        f"\n  our source          {ours:10,.0f} a second   {ours / reference:.2f}"
        f"   (target {TARGET_OF_BARE})"
    )
    assert ours / reference >= TARGET_OF_BARE
