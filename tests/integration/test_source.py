"""The source and a real broker, with the fast client and with the stock one."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import pytest

from deploy.stack.broker import Broker
from ingest.metrics import Arrivals
from ingest.mqtt.client import READ_LIMIT_BYTES, FastClient, StockClient
from ingest.mqtt.consumer import Source
from ingest.mqtt.intake import Intake
from ingest.mqtt.lane import Delivery
from ingest.settings import IngestSettings
from tests.fixtures.ingest_process import publish

DEADLINE_S = 20.0
NO_LIMIT = 10**9
HELLO = "hello"


@pytest.fixture(params=[FastClient, StockClient])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[StockClient]:
    """Which client the source uses."""
    monkeypatch.setattr("ingest.mqtt.connection.client_class", lambda: request.param)
    return request.param


class _Running:
    """A source that has subscribed to one topic, and its intake."""

    def __init__(self, broker: Broker, name: str, limit_messages: int = NO_LIMIT) -> None:
        loop = asyncio.get_running_loop()
        settings = IngestSettings(
            database_url="postgresql://nowhere/nothing",
            mqtt_url=broker.url,
            ingest_client_id=name,
            ingest_session_expiry_s=60,
        )
        self.failure: asyncio.Future[None] = loop.create_future()
        self.intake = Intake(limit_messages, NO_LIMIT, loop)
        self.metrics = Arrivals()
        self.source = Source(
            settings,
            self.intake,
            self.metrics,
            clock_us=lambda: time.time_ns() // 1000,
            on_failure=lambda error: loop.call_soon_threadsafe(self.failure.set_exception, error),
        )
        self._topics = [f"{name}/#"]

    async def __aenter__(self) -> "_Running":
        self.source.subscribe(self._topics)
        self.source.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.source.stop)
        assert not self.failure.done()

    async def take(self, count: int) -> list[Delivery]:
        found: list[Delivery] = []
        async with asyncio.timeout(DEADLINE_S):
            while len(found) < count:
                taken = await self.intake.own.take(NO_LIMIT, NO_LIMIT, 0.01)
                found += [each for each in taken if not each.message.topic.endswith(HELLO)]
        return found


def _run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


async def _subscribed(broker: Broker, name: str) -> None:
    """Make the session, so that no message is published too early."""
    async with _Running(broker, name) as running:
        taken: list[Delivery] = []
        while not taken:
            hello = [(f"{name}/{HELLO}", b"")]
            await asyncio.to_thread(publish, broker.host, broker.port, hello)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    taken = await running.intake.own.take(NO_LIMIT, NO_LIMIT, 0.01)
        running.source.acknowledge(taken)


def _name(client: type[StockClient], request: pytest.FixtureRequest) -> str:
    return f"{request.function.__name__}-{client.__name__}"


def test_what_was_not_acknowledged_comes_again_and_nothing_else(client, request, broker) -> None:
    name = _name(client, request)

    async def work() -> None:
        await _subscribed(broker, name)
        sent = [(f"{name}/{n}", str(n).encode()) for n in range(1000)]
        await asyncio.to_thread(publish, broker.host, broker.port, sent)
        async with _Running(broker, name) as running:
            taken = await running.take(1000)
            assert [(each.message.topic, each.message.payload) for each in taken] == sent
            stamps = [each.message.received_us for each in taken]
            assert len(set(stamps)) == 1000
            running.source.acknowledge(taken[:700])
        assert running.metrics.acknowledged == 700
        async with _Running(broker, name) as running:
            again = await running.take(300)
            assert [(each.message.topic, each.message.payload) for each in again] == sent[700:]
            running.source.acknowledge(again)
            await asyncio.to_thread(publish, broker.host, broker.port, [(f"{name}/last", b"")])
            await running.take(1)
        async with _Running(broker, name) as running:
            (last,) = await running.take(1)
            assert last.message.topic == f"{name}/last"
            running.source.acknowledge([last])

    _run(work)


def test_large_and_small_messages_keep_their_order(client, request, broker) -> None:
    name = _name(client, request)

    async def work() -> None:
        await _subscribed(broker, name)
        sizes = [1, 200, 10 * READ_LIMIT_BYTES, 3, 16_400, READ_LIMIT_BYTES, 127, 128] * 3
        sent = [(f"{name}/{n}", bytes([n]) * size) for n, size in enumerate(sizes)]
        await asyncio.to_thread(publish, broker.host, broker.port, sent)
        async with _Running(broker, name) as running:
            taken = await running.take(len(sent))
            assert [(each.message.topic, each.message.payload) for each in taken] == sent
            running.source.acknowledge(taken)

    _run(work)


def test_a_full_intake_stops_the_reading(client, request, broker) -> None:
    name = _name(client, request)
    limit, one_read = 100, READ_LIMIT_BYTES // 1000

    async def work() -> None:
        await _subscribed(broker, name)
        sent = [(f"{name}/{n}", bytes(1000)) for n in range(2000)]
        await asyncio.to_thread(publish, broker.host, broker.port, sent)
        async with _Running(broker, name, limit) as running:
            async with asyncio.timeout(DEADLINE_S):
                while running.intake.has_room:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            assert limit <= running.metrics.received <= limit + one_read
            running.source.acknowledge(await running.take(2000))
            assert running.metrics.received == 2000

    _run(work)


def test_acknowledgements_survive_a_stop_over_unread_messages(client, request, broker) -> None:
    name = _name(client, request)

    async def work() -> None:
        await _subscribed(broker, name)
        sent = [(f"{name}/{n}", bytes(1000)) for n in range(3000)]
        await asyncio.to_thread(publish, broker.host, broker.port, sent)
        async with _Running(broker, name, limit_messages=100) as running:
            async with asyncio.timeout(DEADLINE_S):
                while running.intake.has_room:
                    await asyncio.sleep(0.01)
            running.source.pause()
            ours = await running.take(100)
            running.source.acknowledge(ours)
        known = {each.message.topic for each in ours}
        async with _Running(broker, name) as running:
            again = await running.take(3000 - len(ours))
            assert known.isdisjoint(each.message.topic for each in again)
            running.source.acknowledge(again)

    _run(work)
