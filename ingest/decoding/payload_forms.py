"""Payloads of other forms than one JSON document, as documents that pointers can lead into.

What is wrong with one line costs only that line.
"""

import csv
import re
from collections.abc import Callable
from typing import NamedTuple

from ingest.decoding.json_document import child, document
from ingest.decoding.message import Message
from ingest.decoding.nearly_json import text_of
from ingest.decoding.rejection import Reason, Rejection, Unreadable, quote
from schemas.site.mapping import Form

_SEPARATORS: dict[Form, str] = {"csv": ",", "csv_semicolon": ";", "csv_tab": "\t"}

# A point of InfluxDB: measurement, tags, fields, time; `\` and quotation marks protect what parts.
_NAME = r"(?:[^\\,= ]|\\.)+"
_TEXT = r'"(?:[^"\\]|\\.)*"'
_VALUE = rf'(?:{_TEXT}|[^, "]+)'
_POINT = re.compile(
    rf"((?:[^\\, ]|\\.)+)((?:,{_NAME}={_NAME})*)"
    rf" +({_NAME}={_VALUE}(?:,{_NAME}={_VALUE})*)(?: +(-?\d{{1,19}}))?\s*"
)
# The same parts, so that each search begins where the last one ended: else a long text takes hours.
_TAGS = re.compile(rf",({_NAME})=({_NAME})")
_FIELDS = re.compile(rf",?({_NAME})=({_VALUE})")
_INTEGER = re.compile(r"(-?\d{1,20})[iu]")
_BOOLEANS = {"t": True, "true": True, "f": False, "false": False}

_BASES = ("bn", "bt", "bu", "bv", "bs", "bver")
_VALUES = ("v", "vs", "vb", "vd", "s")
_BASE_NAME_MAX_CHARACTERS = 1_000  # it is put before the name of each record
_RELATIVE_BELOW = 2**28  # RFC 8428, 4.5.3: below this a time is counted from now


class Formed(NamedTuple):
    """A document, and what of the payload is in none; its place in the document is null."""

    document: object
    rejections: list[Rejection]


def formed(form: Form, message: Message) -> Formed:
    """Return the document that a payload stands for. Raises Unreadable for one that is none."""
    if form == "json_lines":
        return _lines(message.payload, lambda line: document(line.encode()))
    if form == "influx":
        return _lines(message.payload, _point)
    if form == "senml":
        return Formed(_resolved(document(message.payload), message), [])
    if form in _SEPARATORS:
        return _lines(message.payload, lambda line: _row(line, _SEPARATORS[form]))
    return Formed(document(message.payload), [])


def _lines(payload: bytes, read: Callable[[str], object]) -> Formed:
    found: list[object] = []
    rejections = []
    for line in re.split("[\r\n]+", text_of(payload)):
        try:
            found.append(read(line))
        except Unreadable as error:
            rejections.append(error.at(child("", len(found))))
            found.append(None)
    return Formed(found, rejections)


def _row(line: str, separator: str) -> dict[str, str | None]:
    """Return the cells of a row as c1, c2 and so on; an empty one is null."""
    try:
        (cells,) = csv.reader([line], delimiter=separator, strict=True)
    except (csv.Error, ValueError) as error:
        raise Unreadable(Reason.WRONG_TYPE, f"{quote(line)} is no row of cells: {error}") from None
    return {f"c{number}": cell.strip() or None for number, cell in enumerate(cells, 1)}


def _point(line: str) -> object:
    """Return a line of InfluxDB's protocol in the shape of Telegraf's JSON; None for a remark."""
    if line.lstrip().startswith("#"):
        return None
    match = _POINT.fullmatch(line.strip())
    if match is None:
        raise Unreadable(Reason.WRONG_TYPE, f"{quote(line)} is no line of InfluxDB's protocol")
    name, tags, fields, stamp = match.groups()
    return {
        "name": _unescaped(name),
        "tags": {_unescaped(key): _unescaped(tag) for key, tag in _TAGS.findall(tags)},
        "fields": {_unescaped(key): _field(field) for key, field in _FIELDS.findall(fields)},
        "timestamp": None if stamp is None else int(stamp),
    }


def _field(written: str) -> object:
    """Return the value of a field; what is none stays a text, and is refused where one belongs."""
    if written.startswith('"'):
        return _unescaped(written[1:-1])
    if whole := _INTEGER.fullmatch(written):
        return int(whole[1])
    if (boolean := _BOOLEANS.get(written.lower())) is not None:
        return boolean
    try:
        return float(written)
    except ValueError:
        return written


def _unescaped(text: str) -> str:
    return re.sub(r'\\([,= "\\])', r"\1", text)


def _resolved(records: object, message: Message) -> list[dict[str, object]]:
    """Return SenML records that stand for themselves: base fields put in (RFC 8428, 4.6).

    A time from now on is counted from the reception; who says none has none.
    """
    if type(records) is not list or not all(type(record) is dict for record in records):
        raise Unreadable(Reason.WRONG_TYPE, f"{quote(records)} is no list of SenML records")
    base: dict[str, object] = {}
    found = []
    for record in records:
        base |= {key: record[key] for key in _BASES if key in record}
        name = base.get("bn", "")
        if not isinstance(name, str) or len(name) > _BASE_NAME_MAX_CHARACTERS:
            raise Unreadable(
                Reason.WRONG_TYPE,
                f"the base name {quote(name)} is no text of at most {_BASE_NAME_MAX_CHARACTERS} "
                "characters",
            )
        own = {key: value for key, value in record.items() if key not in _BASES}
        own["n"] = f"{name}{record.get('n', '')}"
        if "bu" in base:
            own.setdefault("u", base["bu"])
        for key, base_key in (("v", "bv"), ("s", "bs")):
            if base_key in base and (key in own or not any(each in own for each in _VALUES)):
                own[key] = _sum(base[base_key], own.get(key, 0))
        own["t"] = _time(_sum(base.get("bt", 0), record.get("t", 0)), message)
        found.append(own)
    return found


def _time(said: object, message: Message) -> object:
    is_relative = type(said) in (int, float) and said < _RELATIVE_BELOW  # type: ignore[operator]
    if not is_relative:
        return said
    if said == 0 or message.retained:
        return None
    return said + message.received_us / 1e6  # type: ignore[operator]


def _sum(base: object, own: object) -> object:
    """Return a base value and a value added; what is no number is left for the reader to refuse."""
    for part in (base, own):
        if type(part) is not int and type(part) is not float:
            return part
    return base + own  # type: ignore[operator]
