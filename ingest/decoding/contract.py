"""Messages to readings: any bytes become readings or named rejections, never an exception.

Knows no clock, network or database. A reading leaves with quality "not evaluated": the checks come
afterwards, on whole batches (ingest.quality).
"""

from collections.abc import Mapping

from ingest.decoding.decoded import Decoded
from ingest.decoding.json_document import child, document
from ingest.decoding.mapped import decode_foreign
from ingest.decoding.message import Message, refuse_retained
from ingest.decoding.rejection import Reason, Unreadable, quote
from ingest.decoding.timestamps import contract_stamp_us
from ingest.decoding.topics import TopicTable
from ingest.decoding.values import contract_value, stored
from schemas.quality import Check, Qc
from schemas.reading import Reading

_UNKNOWN = int(Qc.UNKNOWN)
_SERVER_TIME = int(Check.SERVER_TIME)


def decode(message: Message, table: TopicTable) -> Decoded:
    """Read a message. Never both lists are empty, but for a foreign payload of nothing but null."""
    found = Decoded([], [], [], [])
    try:
        _decode(message, table, found)
    except Unreadable as error:
        found.rejections.append(error.at(""))
    return found


def _decode(message: Message, table: TopicTable, found: Decoded) -> None:
    table.limits.check_payload(message.payload)
    point_id = table.points.get(message.topic)
    if point_id is not None:
        payload = document(message.payload)
        if type(payload) is dict:
            found.readings.append(_reading(point_id, payload, message, table))
        else:
            found.readings.append(_bare(point_id, payload, message))
    elif (routes := table.foreign_routes(message.topic)) is not None:
        decode_foreign(message, routes, table.limits, found)
    elif (points := table.lines.get(message.topic)) is not None:
        payload = document(message.payload)
        if type(payload) is dict:
            _snapshot(payload, points, message, table, found)
        elif type(payload) is list:
            _list(payload, points, message, table, found)
        else:
            raise Unreadable(Reason.WRONG_TYPE, f"{quote(payload)} is neither object nor list")
        if not found.readings and not found.rejections:
            raise Unreadable(Reason.NO_READING, "the payload holds no reading")
    else:
        raise _unknown(message.topic, table)


def _reading(
    point_id: int, part: dict[str, object], message: Message, table: TopicTable
) -> Reading:
    """Read {"t", "v", "s"}. Raises Unreadable."""
    ts_us = contract_stamp_us(part.get("t"))
    table.limits.check_stamp(ts_us, message.received_us)
    status = stored(part.get("s", 0))
    if "v" not in part:
        raise Unreadable(Reason.NO_VALUE, "v is missing")
    value = contract_value(part["v"], status)
    return Reading(point_id, ts_us, value, status, _UNKNOWN, 0, message.received_us)


def _bare(point_id: int, payload: object, message: Message) -> Reading:
    """Read a bare number; its time is the time of reception. Raises Unreadable."""
    if type(payload) is list:
        raise Unreadable(Reason.WRONG_TYPE, "a list belongs on the topic of the line")
    value = contract_value(payload, 0)
    refuse_retained(message)
    received_us = message.received_us
    return Reading(point_id, received_us, value, 0, _UNKNOWN, _SERVER_TIME, received_us)


def _snapshot(
    payload: dict[str, object],
    points: Mapping[str, int],
    message: Message,
    table: TopicTable,
    found: Decoded,
) -> None:
    """Read {"t", "v": {point: value}, "s"}. Raises Unreadable for what all readings share."""
    values = payload.get("v")
    if type(values) is not dict:
        raise Unreadable(Reason.WRONG_TYPE, f"v is {quote(values)}, not an object of points")
    ts_us = contract_stamp_us(payload.get("t"))
    received_us = message.received_us
    table.limits.check_stamp(ts_us, received_us)
    status = stored(payload.get("s", 0))
    for key, raw in values.items():
        try:
            point_id = points.get(key)
            if point_id is None:
                raise Unreadable(Reason.UNKNOWN_POINT, f"{quote(key)} is no point of the line")
            value = contract_value(raw, status)
            found.readings.append(Reading(point_id, ts_us, value, status, _UNKNOWN, 0, received_us))
        except Unreadable as error:
            found.rejections.append(error.at(child("/v", key)))


def _list(
    payload: list[object],
    points: Mapping[str, int],
    message: Message,
    table: TopicTable,
    found: Decoded,
) -> None:
    """Read [{"p", "t", "v", "s"}, …]; each part stands for itself."""
    for index, part in enumerate(payload):
        try:
            if type(part) is not dict:
                raise Unreadable(Reason.WRONG_TYPE, f"{quote(part)} is not an object")
            key = part.get("p")
            if type(key) is not str:
                raise Unreadable(Reason.WRONG_TYPE, f"p is {quote(key)}, not the key of a point")
            point_id = points.get(key)
            if point_id is None:
                raise Unreadable(Reason.UNKNOWN_POINT, f"{quote(key)} is no point of the line")
            found.readings.append(_reading(point_id, part, message, table))
        except Unreadable as error:
            found.rejections.append(error.at(child("", index)))


def _unknown(topic: str, table: TopicTable) -> Unreadable:
    line, _, key = topic.rpartition("/")
    if line in table.lines:
        return Unreadable(Reason.UNKNOWN_POINT, f"{quote(key)} is no point of {line}")
    return Unreadable(Reason.UNKNOWN_TOPIC, f"{quote(topic)} is no topic of a site or mapping")
