"""paho's client as ingest uses it; all that rests on paho's internals stands here.

paho asks the socket three times for each packet and sends each acknowledgement alone. `FastClient`
reads what is there at once, takes plain messages out of it in one loop, and joins acknowledgements;
every other packet goes through paho's own parser. It rests on a few private methods of paho, known
by a digest of their source: where that differs, `StockClient` does the same, slower.
"""

import hashlib
import inspect
import logging
import time
from collections.abc import Callable, Sequence

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

READ_LIMIT_BYTES = 65_536

# The topic, the payload, the packet identifier and the QoS of a message, and whether the broker had
# kept it before we subscribed.
Arrived = tuple[str, bytes, int, int, bool]

# What FastClient overrides, calls, or must do in its place.
_RESTS_ON = (
    "_handle_on_message",
    "_handle_publish",
    "_packet_handle",
    "_packet_queue",
    "_packet_read",
    "_packet_write",
    "_send_command_with_mid",
    "_sock_recv",
    "ack",
    "loop_read",
    "reconnect",
)
_KNOWN_DIGEST = "1728734a8805d606"  # of paho 2.2.0

_KIND_MASK = 0b1111_0110  # duplicate and retained ones are plain too
_QOS_0_PUBLISH, _QOS_1_PUBLISH = 0b0011_0000, 0b0011_0010
_QOS_MASK, _RETAIN = 0b0110, 0b0001
_PUBACK = 0x40
_TWO_FOLLOW, _THREE_FOLLOW = 2, 3
_QUOTA_EXCEEDED = 0x97
_NO_PROPERTIES = 0

_log = logging.getLogger(__name__)


class StockClient(Client):
    """paho as it comes: MQTT 5, a message at a time, acknowledged by us.

    `on_arrival` takes messages in the order of their arrival.
    """

    def __init__(self, client_id: str, on_arrival: Callable[[Sequence[Arrived]], None]) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self._on_arrival = on_arrival
        self.on_message = self._one_arrived

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Queue the acknowledgements of messages of QoS 1."""
        for mid in mids:
            self.ack(mid, 1)

    def refuse(self, mids: Sequence[int]) -> None:
        """Tell the broker that messages of QoS 1 are beyond a quota.

        What is public of paho cannot say that: they stay unacknowledged, and come again.
        """

    def _one_arrived(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        payload = bytes(message.payload)
        self._on_arrival([(message.topic, payload, message.mid, message.qos, message.retain)])


class FastClient(StockClient):
    """The same, by many messages at a time."""

    def __init__(self, client_id: str, on_arrival: Callable[[Sequence[Arrived]], None]) -> None:
        super().__init__(client_id, on_arrival)
        self._ahead = b""  # read from the socket and not yet parsed, from `_at` on
        self._at = 0

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Queue the acknowledgements of messages of QoS 1, as one packet to paho."""
        packets = np.empty(len(mids), [("head", "u1", 2), ("mid", ">u2")])
        packets["head"] = _PUBACK, _TWO_FOLLOW
        packets["mid"] = mids
        self._packet_queue(_PUBACK, packets.tobytes(), 0, 1)

    def refuse(self, mids: Sequence[int]) -> None:
        """Tell the broker that messages of QoS 1 are beyond a quota, as one packet to paho."""
        packets = np.empty(len(mids), [("head", "u1", 2), ("mid", ">u2"), ("reason", "u1")])
        packets["head"] = _PUBACK, _THREE_FOLLOW
        packets["mid"] = mids
        packets["reason"] = _QUOTA_EXCEEDED
        self._packet_queue(_PUBACK, packets.tobytes(), 0, 1)

    def reconnect(self) -> MQTTErrorCode:
        """Connect again; what was read on the old connection is void."""
        self._ahead, self._at = b"", 0
        return super().reconnect()

    def _packet_read(self) -> MQTTErrorCode:
        """Handle all packets that one read from the socket completes."""
        if self._in_packet["command"]:  # paho reads on in a packet that is larger than our reads
            return super()._packet_read()
        rc = self._read_ahead()
        while rc == MQTTErrorCode.MQTT_ERR_SUCCESS and self._sock is not None:
            arrived, self._at = plain_messages(self._ahead, self._at)
            if arrived:
                self._on_arrival(arrived)
            size = packet_size(self._ahead, self._at)
            if size > READ_LIMIT_BYTES or 0 < size <= len(self._ahead) - self._at:
                rc = super()._packet_read()
            else:
                break
        return rc

    def _handle_publish(self) -> MQTTErrorCode:
        """Take out a message without its properties, of which nothing is read.

        paho copies the rest of the packet for each of them: one of 1 MB took it minutes.
        """
        packet = self._in_packet
        whole = bytes(packet["packet"])
        packet["packet"] = bytearray(without_properties(packet["command"], whole))
        return super()._handle_publish()

    def _read_ahead(self) -> MQTTErrorCode:
        try:
            data = super()._sock_recv(READ_LIMIT_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_AGAIN
        except OSError:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        if not data:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        self._ahead, self._at = self._ahead[self._at :] + data, 0
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        """Give paho's own parser what was read ahead before it asks the socket."""
        data = self._ahead[self._at : self._at + bufsize]
        self._at += len(data)
        return data or super()._sock_recv(bufsize)


def plain_messages(data: bytes, at: int) -> tuple[list[Arrived], int]:
    """Parse the messages at `at` that are whole and plain; return them and where they end.

    Plain: QoS 0 or 1, at most 16 383 bytes, no properties, well formed.
    """
    found: list[Arrived] = []
    size = len(data)
    try:
        while (kind := (head := data[at]) & _KIND_MASK) == _QOS_1_PUBLISH or kind == _QOS_0_PUBLISH:
            length, topic = data[at + 1], at + 4
            if length >= 0x80:
                high, topic = data[at + 2], at + 5
                if high >= 0x80:
                    break
                length += (high - 1) << 7
            end = topic - 2 + length
            mid = topic + (data[topic - 2] << 8 | data[topic - 1])
            qos = kind >> 1 & 1
            payload = mid + 3 if qos else mid + 1
            if end > size or payload > end or data[payload - 1] != _NO_PROPERTIES:
                break
            text = data[topic:mid].decode()
            number = data[mid] << 8 | data[mid + 1] if qos else 0
            found.append((text, data[payload:end], number, qos, bool(head & _RETAIN)))
            at = end
    except (IndexError, UnicodeDecodeError):  # a packet that is not whole, or is for paho to judge
        pass
    return found, at


def without_properties(command: int, packet: bytes) -> bytes:
    """Return what follows the head of a PUBLISH without its properties; as it is if malformed."""
    at = 2 + int.from_bytes(packet[:2]) + (2 if command & _QOS_MASK else 0)
    end = _end_of_counted(packet, at)
    if end is None or end > len(packet):
        return packet
    return packet[:at] + bytes([_NO_PROPERTIES]) + packet[end:]


def packet_size(data: bytes, at: int) -> int:
    """Return the size of the packet at `at`, its head included; 0 if its head is not there yet."""
    end = _end_of_counted(data, at + 1)
    if end is not None:
        return end - at
    # A fifth byte of length is malformed; paho says so when it sees it.
    return 0 if len(data) - at < 6 else 6


def _end_of_counted(data: bytes, at: int) -> int | None:
    """Return where the bytes end whose number stands at `at` (a variable byte integer of MQTT).

    None if the number is malformed or not whole.
    """
    length = 0
    for number, byte in enumerate(data[at : at + 4]):
        length |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return at + 1 + number + length
    return None


def internals_digest() -> str:
    """Return what identifies the part of paho that FastClient rests on."""
    whole = hashlib.sha256(f"{paho.time_func is time.monotonic}".encode())
    for name in _RESTS_ON:
        whole.update(inspect.getsource(getattr(Client, name)).encode())
    return whole.hexdigest()[:16]


def client_class() -> type[StockClient]:
    """Return FastClient, or StockClient where this paho is another one than we know."""
    try:
        digest = internals_digest()
    except (AttributeError, OSError) as error:
        digest = repr(error)
    if digest == _KNOWN_DIGEST:
        return FastClient
    _log.warning(
        "connect: this version of paho-mqtt is not the one that the fast client was written for "
        "(%s, not %s); receiving with the stock client, which is slower",
        digest,
        _KNOWN_DIGEST,
    )
    return StockClient


def has_decrypted(sock: object) -> bool:
    """Tell whether TLS holds bytes that select cannot see."""
    pending = getattr(sock, "pending", None)
    return pending is not None and pending() > 0
