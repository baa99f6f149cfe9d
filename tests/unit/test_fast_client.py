"""The fast client against paho as it comes: whatever the broker sends, and however it is cut."""

import contextlib
import logging
import select
import socket
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.mqtt import client
from ingest.mqtt.client import (
    READ_LIMIT_BYTES,
    Arrived,
    FastClient,
    StockClient,
    client_class,
    internals_digest,
    packet_size,
    plain_messages,
)

CONNACK = b"\x20\x03\x00\x00\x00"
PINGRESP = b"\xd0\x00"
SUBACK = b"\x90\x04\x00\x01\x00\x01"
DISCONNECT = b"\xe0\x02\x8b\x00"  # the server shuts down
RECEIVE_BUFFER_BYTES = 1_000_000
FLOOD_MAX_S = 5.0


def _length(size: int) -> bytes:
    found = b""
    while size > 127:
        found += bytes([size & 127 | 128])
        size >>= 7
    return found + bytes([size])


def _publish(
    topic: bytes, payload: bytes, mid: int = 1, *, qos: int = 1, flags: int = 0, properties: bytes
) -> bytes:
    identifier = mid.to_bytes(2) if qos else b""
    body = len(topic).to_bytes(2) + topic + identifier + properties + payload
    return bytes([0x30 | flags | qos << 1]) + _length(len(body)) + body


def _properties() -> bytes:
    found = Properties(PacketTypes.PUBLISH)
    found.ContentType = "application/json"
    found.UserProperty = ("sequence", "17")
    return found.pack()


@contextlib.contextmanager
def _connected(kind: type[StockClient]) -> Iterator[tuple[StockClient, socket.socket, list]]:
    """Yield a client, the broker's end of its connection, and what the client has seen."""
    seen: list[object] = []

    def arrived(messages: Sequence[Arrived]) -> None:
        seen.extend(messages)

    client = kind("test", arrived)
    client.on_disconnect = lambda _c, _u, _f, reason, _p: seen.append(f"disconnect {reason}")
    client.on_connect = lambda _c, _u, _f, reason, _p: seen.append(f"connect {reason}")
    client.on_subscribe = lambda _c, _u, mid, *_: seen.append(f"subscribe {mid}")
    client.on_socket_register_write = lambda *_: None
    with socket.create_server(("127.0.0.1", 0)) as server:
        client.connect(*server.getsockname())
        broker, _ = server.accept()
    with broker:
        yield client, broker, seen
        if client.socket() is not None:
            client.socket().close()


def _feed(kind: type[StockClient], parts: Sequence[bytes]) -> list[object]:
    """Return what a client sees of a stream, each part of which is read before the next is sent.

    The last thing is whether it keeps the connection.
    """
    with _connected(kind) as (client, broker, seen):
        for part in (CONNACK, *parts):
            with contextlib.suppress(ConnectionError):
                broker.sendall(part)
            while (sock := client.socket()) is not None and select.select([sock], [], [], 0)[0]:
                client.loop_read()
        return [*seen, client.socket() is not None]


def _cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[start:end] for start, end in pairwise(ends)]


topics = st.text(max_size=20).map(str.encode)
publishes = st.builds(
    _publish,
    topics,
    st.binary(max_size=200) | st.sampled_from([b"x" * size for size in (110, 16_400, 70_000)]),
    st.integers(1, 0xFFFF),
    qos=st.sampled_from([0, 1, 1, 1, 1]),
    flags=st.sampled_from([0, 0, 1, 8, 9]),
    properties=st.sampled_from([b"\0", b"\0", b"\0", _properties()]),
)
packets = publishes | st.sampled_from([PINGRESP, SUBACK])
ends = st.sampled_from([b"", b"", DISCONNECT]) | st.binary(max_size=12)
READING = _publish(b"fi/main/flow", b'{"v": 1}', 7, properties=b"\0")


@settings(deadline=None)
@given(stream=st.lists(packets, max_size=8).map(b"".join), end=ends, places=st.lists(st.integers()))
@example(stream=READING * 3, end=b"\x32\xff\xff\xff\xff\x01", places=[])
@example(stream=READING * 3, end=b"\x32\x00", places=[])
@example(stream=READING, end=b"\x32\x03\x00\x09a", places=[])
@example(stream=READING, end=DISCONNECT + READING, places=[])
def test_any_cut_of_any_stream_gives_what_stock_paho_sees(stream, end, places) -> None:
    whole = stream + end
    try:
        wanted = _feed(StockClient, [whole])
    except UnicodeDecodeError:
        return  # a topic that is no text ends paho, too; a broker never sends one
    assert _feed(FastClient, [whole]) == wanted
    assert _feed(FastClient, _cut(whole, places)) == wanted


@pytest.mark.parametrize("qos", [0, 1])
def test_a_flood_of_qos_0_was_read_one_message_at_a_time(qos: int) -> None:
    """One of 55 000 a second was received so slowly that the plant's own waited for minutes."""
    stream = _publish(b"fi/main/flow", b'{"v": 1}', 7, qos=qos, properties=b"\0") * 100
    found, end = plain_messages(stream, 0)
    assert found == [("fi/main/flow", b'{"v": 1}', 7 * qos, qos, False)] * 100
    assert end == len(stream)


def test_each_single_byte_may_be_a_read_of_its_own() -> None:
    stream = READING + PINGRESP + _publish(b"a", b"b", properties=_properties()) + READING
    parts = [bytes([byte]) for byte in stream]
    assert _feed(FastClient, parts) == _feed(StockClient, parts)


def test_a_message_larger_than_a_read_arrives_beside_small_ones() -> None:
    large = _publish(b"a", bytes(10 * READ_LIMIT_BYTES), properties=b"\0")
    for kind in (FastClient, StockClient):
        with _connected(kind) as (client, broker, seen):
            broker.setblocking(False)
            rest = CONNACK + READING + large + READING
            while len(seen) < 4:
                with contextlib.suppress(BlockingIOError):
                    rest = rest[broker.send(rest) :]
                client.loop_read()
            assert [len(each[1]) for each in seen[1:]] == [8, 10 * READ_LIMIT_BYTES, 8]


def test_a_packet_of_nothing_but_properties_held_up_all_messages() -> None:
    """paho copies the rest of a packet for each property: of this one some 500 GB in all."""
    properties = b"\x26\x00\x00\x00\x00" * 200_000  # user properties without name and value
    flood = _publish(b"a", b"1", 8, properties=_length(len(properties)) + properties)
    with _connected(FastClient) as (client, broker, seen):
        broker.setblocking(False)
        rest, began_s = CONNACK + flood + READING, time.monotonic()
        while len(seen) < 3:
            with contextlib.suppress(BlockingIOError):
                rest = rest[broker.send(rest) :]
            client.loop_read()
    assert seen[1:] == [("a", b"1", 8, 1, False), ("fi/main/flow", b'{"v": 1}', 7, 1, False)]
    assert time.monotonic() - began_s < FLOOD_MAX_S


@pytest.mark.parametrize("kind", [FastClient, StockClient])
def test_acknowledgements_are_what_mqtt_says(kind: type[StockClient]) -> None:
    with _connected(kind) as (client, broker, _):
        while client.want_write():
            client.loop_write()
        broker.recv(RECEIVE_BUFFER_BYTES)
        client.acknowledge([1, 0x1234, 0xFFFF])
        while client.want_write():
            client.loop_write()
        broker.settimeout(5)
        found = b""
        while len(found) < 12:
            found += broker.recv(RECEIVE_BUFFER_BYTES)
        assert found == b"\x40\x02\x00\x01\x40\x02\x12\x34\x40\x02\xff\xff"


def test_what_was_read_ahead_on_a_lost_connection_is_forgotten() -> None:
    with _connected(FastClient) as (client, broker, seen):
        broker.sendall(CONNACK + READING[:-1])
        while not seen:
            client.loop_read()
        with socket.create_server(("127.0.0.1", 0)) as server:
            client.connect(*server.getsockname())
            again, _ = server.accept()
        with again:
            again.sendall(CONNACK + READING)
            while len(seen) < 3:
                client.loop_read()
        assert seen[1:] == ["connect Success", ("fi/main/flow", b'{"v": 1}', 7, 1, False)]


def test_plain_messages_stop_where_something_else_begins() -> None:
    stream = READING * 2 + PINGRESP + READING
    found, at = plain_messages(stream, 0)
    assert ([each[2] for each in found], at) == ([7, 7], 2 * len(READING))
    assert packet_size(stream, at) == len(PINGRESP)
    assert plain_messages(stream, at) == ([], at)


def test_this_paho_is_the_one_that_the_fast_client_was_written_for() -> None:
    assert internals_digest() == client._KNOWN_DIGEST, (
        "paho's internals have changed. Compare FastClient with the new source of the methods in "
        "_RESTS_ON, run these tests with the new digest in _KNOWN_DIGEST, and measure with "
        "tests/bench/bench_ingest_receive.py. Until then the stock client is used."
    )
    assert client_class() is FastClient


def test_another_paho_is_used_as_it_comes_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(client, "_RESTS_ON", ("_packet_read", "gone"))
    with caplog.at_level(logging.WARNING):
        assert client_class() is StockClient
    assert "the stock client, which is slower" in caplog.text
