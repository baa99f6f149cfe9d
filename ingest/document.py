"""Bytes to a JSON document, with a name for whatever is wrong with them."""

import json

import msgspec

from ingest.rejection import Reason, Unreadable

INTEGER_LIMIT_DIGITS = 30

_strict = msgspec.json.Decoder()


def document(payload: bytes) -> object:
    """Return the JSON document; numbers beyond a 64-bit float become infinite.

    NaN and Infinity, which JSON does not have but senders write, are read too, so that the readings
    beside them survive. Raises Unreadable (NOT_JSON).
    """
    try:
        return _strict.decode(payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        sentence = str(error)
    try:
        return _lenient.decode(payload.decode())
    except (ValueError, RecursionError):
        raise Unreadable(Reason.NOT_JSON, sentence) from None


def child(pointer: str, key: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of `key` below `pointer`."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= INTEGER_LIMIT_DIGITS else float(digits)


_lenient = json.JSONDecoder(parse_int=_integer)
