"""Broker to committed row with exact rollups: the whole service as it ships, under load."""

import time
from pathlib import Path

from deploy.stack.broker import Broker
from tests.bench.load import BareClient, Committed, Consumer, ingest

SUSTAINED_S = 60
OFFERED_RATE = 33_000
TARGET_MESSAGES_PER_S = 30_000
BACKLOG_MESSAGES = 1_000_000
BATCH_POINTS = 50
BATCH_MESSAGES = 60_000
TARGET_READINGS_PER_S = 100_000
MEMORY_LIMIT_BYTES = 400_000_000
POLL_S = 0.5


def _watch(service: Consumer, committed: Committed, count: int) -> tuple[float, int]:
    """Wait until `count` readings are committed; return the rate from the first on, and the memory.

    The memory is the most that the service held.
    """
    first = 0
    memory_bytes = 0
    began_s = time.monotonic()
    while (found := committed.count()) < count:
        assert time.monotonic() - began_s < 600, f"{found} of {count} were committed"
        if found and not first:
            first, began_s = found, time.monotonic()
        memory_bytes = max(memory_bytes, service.memory_bytes)
        time.sleep(POLL_S if found < count - OFFERED_RATE else 0.02)
    return (found - first) / (time.monotonic() - began_s), memory_bytes


def _drain(
    folder: Path, url: str, broker: Broker, bare: BareClient, messages: int, batch: int
) -> tuple[float, int, float]:
    """Let a backlog wait, then start the service; return rate, memory and processor seconds."""
    epoch_ms = int(time.time() * 1000) - 7_200_000
    bare.keep_session("bench")
    bare.publish(messages, batch=batch, epoch_ms=epoch_ms)
    with ingest(folder, url, broker, "bench") as service, Committed(url) as committed:
        rate, memory_bytes = _watch(service, committed, messages * batch)
        return rate, memory_bytes, service.cpu_s


def test_single_readings_for_a_minute(
    tmp_path: Path, plant_url: str, roomy_broker: Broker, bare: BareClient
) -> None:
    count = OFFERED_RATE * SUSTAINED_S
    epoch_ms = int(time.time() * 1000) - 7_200_000
    with (
        ingest(tmp_path, plant_url, roomy_broker, "bench") as service,
        Committed(plant_url) as committed,
    ):
        service.says("subscribe:")
        publisher = bare.publishing(count, rate=OFFERED_RATE, epoch_ms=epoch_ms)
        rate, memory_bytes = _watch(service, committed, count)
        published_s = float(publisher.communicate()[0])
        cpu_s = service.cpu_s
    print(
        f"\nsingle readings as JSON, QoS 1, published at {count / published_s:,.0f} a second:"
        f"\n  committed  {rate:10,.0f} a second for {count / rate:.0f} s"
        f"   (target {TARGET_MESSAGES_PER_S:,})"
        f"\n  memory     {memory_bytes / 1e6:10,.0f} MB at most, {cpu_s / count * 1e6:.1f} µs of"
        " processor a reading"
    )
    assert rate >= TARGET_MESSAGES_PER_S
    assert memory_bytes < MEMORY_LIMIT_BYTES


def test_single_readings_from_a_backlog(
    tmp_path: Path, plant_url: str, roomy_broker: Broker, bare: BareClient
) -> None:
    rate, memory_bytes, cpu_s = _drain(tmp_path, plant_url, roomy_broker, bare, BACKLOG_MESSAGES, 1)
    print(
        f"\na backlog of {BACKLOG_MESSAGES:,} single readings as JSON, QoS 1:"
        f"\n  committed  {rate:10,.0f} a second   (target {TARGET_MESSAGES_PER_S:,})"
        f"\n  memory     {memory_bytes / 1e6:10,.0f} MB at most,"
        f" {cpu_s / BACKLOG_MESSAGES * 1e6:.1f} µs of processor a reading"
    )
    assert rate >= TARGET_MESSAGES_PER_S
    assert memory_bytes < MEMORY_LIMIT_BYTES


def test_snapshots_of_fifty_points(
    tmp_path: Path, plant_url: str, roomy_broker: Broker, bare: BareClient
) -> None:
    rate, memory_bytes, cpu_s = _drain(
        tmp_path, plant_url, roomy_broker, bare, BATCH_MESSAGES, BATCH_POINTS
    )
    print(
        f"\na backlog of {BATCH_MESSAGES:,} messages of {BATCH_POINTS} points each, QoS 1:"
        f"\n  committed  {rate:10,.0f} readings a second   (target {TARGET_READINGS_PER_S:,})"
        f"\n  memory     {memory_bytes / 1e6:10,.0f} MB at most,"
        f" {cpu_s / BATCH_MESSAGES / BATCH_POINTS * 1e6:.2f} µs of processor a reading"
    )
    assert rate >= TARGET_READINGS_PER_S
    assert memory_bytes < MEMORY_LIMIT_BYTES
