"""Bytes to a JSON document, with a name for whatever is wrong with them."""

import msgspec

from ingest.decoding.nearly_json import nearly_json
from ingest.decoding.rejection import Reason, Unreadable
from schemas.pointer import escaped

_strict = msgspec.json.Decoder()


def document(payload: bytes) -> object:
    """Return the JSON document; numbers beyond a 64-bit float become infinite.

    Numbers that are none in JSON but that senders write, such as nan, are read too, so that the
    readings beside them survive. Raises Unreadable (NOT_JSON).
    """
    try:
        return _strict.decode(payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        sentence = str(error)
    try:
        return nearly_json(payload)
    except (ValueError, RecursionError):
        raise Unreadable(Reason.NOT_JSON, sentence) from None


def child(pointer: str, key: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of `key` below `pointer`."""
    return f"{pointer}/{escaped(key)}"
