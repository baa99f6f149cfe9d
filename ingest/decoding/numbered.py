"""The numbers that senders may give their messages: contract v1, key `n`."""

from typing import Annotated

import msgspec

from ingest.decoding.json_document import document
from ingest.decoding.message import Message
from ingest.decoding.rejection import Unreadable
from ingest.decoding.topics import TopicTable

NUMBER_MAX = 2**53  # what every JSON reader keeps exactly

NEARLY_JSON_LIMIT_BYTES = 65_536  # reading what is no JSON costs a hundred times JSON

MARK = b'"n"'  # a payload without these bytes has no number


class _Numbered(msgspec.Struct):
    n: Annotated[int, msgspec.Meta(ge=0, le=NUMBER_MAX)] | None = None


_Parts = _Numbered | list[_Numbered]
_decoder = msgspec.json.Decoder(_Parts)


def numbers_of(message: Message, table: TopicTable) -> list[int]:
    """Return the numbers in a native message, in their order.

    What is no whole number from 0 on is no number; it never harms the reading beside it.
    """
    if message.topic not in table.points and message.topic not in table.lines:
        return []
    try:
        parts = _parts(message.payload)
    except (msgspec.DecodeError, ValueError, RecursionError, Unreadable):
        return []
    numbered = parts if isinstance(parts, list) else [parts]
    return [part.n for part in numbered if part.n is not None]


def _parts(payload: bytes) -> _Parts:
    try:
        parts: _Parts = _decoder.decode(payload)
    except msgspec.DecodeError:  # a nan beside the number, and it is no JSON
        if len(payload) > NEARLY_JSON_LIMIT_BYTES:
            raise
        parts = msgspec.convert(document(payload), _Parts)
    return parts
