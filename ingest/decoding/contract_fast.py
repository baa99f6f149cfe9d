"""The fast way for what nearly all messages are: good readings in the plain form of contract v1.

A message is taken only if all of it is good; everything else is left to ingest.decoding.contract,
which says what is wrong. Both ways give the same readings: that is tested with any bytes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from ingest.decoding.acceptance import Limits
from ingest.decoding.columns import Rows
from ingest.decoding.message import Message
from ingest.decoding.rejection import Unreadable
from ingest.decoding.topics import TopicTable
from ingest.decoding.values import stored
from schemas.quality import Qc
from schemas.reading import VALUE_MAX

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Single(msgspec.Struct, forbid_unknown_fields=True):
    """{"t", "v", "s"}; the types are looked at afterwards, exactly as the slow way does.

    A sequence number `n` is nothing to the reading.
    """

    t: object
    v: object
    s: object = 0
    n: object = None


class _Snapshot(msgspec.Struct, forbid_unknown_fields=True):
    """{"t", "v": {point: value}, "s"}."""

    t: object
    v: dict[str, object]
    s: object = 0
    n: object = None


_read_single = msgspec.json.Decoder(_Single).decode
_read_snapshot = msgspec.json.Decoder(_Snapshot).decode

# What a message that is not plain raises on its way.
_NOT_PLAIN = (Unreadable, ValueError, TypeError, OverflowError, RecursionError, msgspec.DecodeError)


class _Found:
    """Columns that grow; `received_us` and `source` follow from the messages."""

    def __init__(self) -> None:
        self.point_id: list[int] = []
        self.ts_us: list[int] = []
        self.value: list[float] = []
        self.status: list[int] = []
        self.source: list[int] = []


def decode_plain(messages: Sequence[Message], table: TopicTable) -> tuple[Rows, list[int]]:
    """Return the readings of all plain messages, and the indices of the messages that are not."""
    found = _Found()
    others = []
    for index, message in enumerate(messages):
        try:
            point_id = table.points.get(message.topic)
            if point_id is not None:
                _single(found, index, message, point_id, table.limits)
            elif not _snapshot(found, index, message, table):
                others.append(index)
        except _NOT_PLAIN:
            others.append(index)
    return _rows(found, messages), others


def _single(found: _Found, index: int, message: Message, point_id: int, limits: Limits) -> None:
    """Append the one reading of a message. Raises one of _NOT_PLAIN and appends nothing."""
    payload, received_us = message[1], message[2]
    limits.check_payload(payload)
    part = _read_single(payload)
    ts_us = _stamp_us(part.t, received_us, limits)
    status = stored(part.s)
    value = _number(part.v)
    found.point_id.append(point_id)
    found.ts_us.append(ts_us)
    found.value.append(value)
    found.status.append(status)
    found.source.append(index)


def _snapshot(found: _Found, index: int, message: Message, table: TopicTable) -> bool:
    """Append the readings of many points; False, or one of _NOT_PLAIN: nothing was appended."""
    points = table.lines.get(message.topic)
    if points is None or table.foreign_routes(message.topic) is not None:
        return False
    table.limits.check_payload(message.payload)
    part = _read_snapshot(message.payload)
    ts_us = _stamp_us(part.t, message.received_us, table.limits)
    status = stored(part.s)
    values = [_number(raw) for raw in part.v.values()]
    ids = [points[key] for key in part.v if key in points]
    if not ids or len(ids) < len(values):
        return False
    found.point_id += ids
    found.ts_us += [ts_us] * len(ids)
    found.value += values
    found.status += [status] * len(ids)
    found.source += [index] * len(ids)
    return True


def _stamp_us(stamp: object, received_us: int, limits: Limits) -> int:
    if type(stamp) is str:
        # A stamp without offset raises TypeError here.
        ts_us = (datetime.fromisoformat(stamp) - _EPOCH) // _MICROSECOND
    elif type(stamp) is int:
        ts_us = stamp * 1000
    else:
        raise TypeError
    limits.check_stamp(ts_us, received_us)
    return ts_us


def _number(raw: object) -> float:
    """Return a number as a float; finite, because JSON has no other and msgspec gives no other."""
    if (type(raw) is float or type(raw) is int) and -VALUE_MAX <= raw <= VALUE_MAX:
        return float(raw)
    raise TypeError


def _rows(found: _Found, messages: Sequence[Message]) -> Rows:
    count = len(found.source)
    source = np.array(found.source, np.int32)
    received_us = np.fromiter((each.received_us for each in messages), np.int64, len(messages))
    return Rows(
        point_id=np.array(found.point_id, np.int32),
        ts_us=np.array(found.ts_us, np.int64),
        value=np.array(found.value, np.float64),
        status=np.array(found.status, np.int16),
        qc=np.full(count, Qc.UNKNOWN, np.int16),
        checks=np.zeros(count, np.int32),
        received_us=received_us[source],
        source=source,
    )
