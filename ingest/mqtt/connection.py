"""A connection of ours to the broker: the client, how it begins, and how it ends without a loss."""

import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.mqtt.client import READ_LIMIT_BYTES, Arrived, StockClient, client_class
from ingest.settings import IngestSettings

CONNECT_TIMEOUT_S = 10.0
STOP_FLUSH_LIMIT_S = 2.0
FLUSH_POLL_S = 1.0


class Terms(NamedTuple):
    """Who we are at the broker, and for how long it keeps the session after we left: 0 for not."""

    client_id: str
    username: str | None
    session_expiry_s: int


def new_client(
    settings: IngestSettings, terms: Terms, on_arrival: Callable[[Sequence[Arrived]], None]
) -> StockClient:
    """Return a client that is not connected yet; whoever has it moves its packets."""
    client = client_class()(terms.client_id, on_arrival)
    client.connect_timeout = CONNECT_TIMEOUT_S
    if terms.username is not None:
        client.username_pw_set(terms.username, settings.broker.password)
    if settings.broker.tls:
        client.tls_set()
    # With this set, paho only queues a packet, and our loop sends it.
    client.on_socket_register_write = lambda *_: None
    return client


def connect(client: StockClient, settings: IngestSettings, terms: Terms) -> None:
    """Open the connection; the broker's answer comes while serving. Raises OSError."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = terms.session_expiry_s
    properties.ReceiveMaximum = settings.ingest_receive_maximum_messages
    properties.MaximumPacketSize = settings.ingest_packet_limit_bytes
    client.connect(
        settings.broker.host,
        settings.broker.port,
        keepalive=settings.ingest_keepalive_s,
        clean_start=terms.session_expiry_s == 0,
        properties=properties,
    )


def leave(client: StockClient, send_acks: Callable[[], None]) -> None:
    """Say goodbye, acknowledgements first; the broker keeps the session, if it is to."""
    sock = client.socket()
    if sock is None:
        return
    deadline_s = time.monotonic() + STOP_FLUSH_LIMIT_S
    # paho closes its socket over bytes that nobody has read. That resets the connection, and
    # acknowledgements on their way are lost; so ours is closed last, when all is said.
    with socket.socket(fileno=os.dup(sock.fileno())) as kept:
        send_acks()
        client.disconnect()
        while (sock := client.socket()) is not None and client.want_write():
            if time.monotonic() > deadline_s:
                return
            select.select([], [sock], [], FLUSH_POLL_S)
            client.loop_write()
        with suppress(OSError):
            kept.settimeout(max(deadline_s - time.monotonic(), 0.001))
            while kept.recv(READ_LIMIT_BYTES) and time.monotonic() < deadline_s:
                pass
