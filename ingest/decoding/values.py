"""Values and source codes: what stands in a payload to what is stored."""

import re
from collections.abc import Callable
from math import isfinite

from ingest.decoding.rejection import Reason, Unreadable, quote
from schemas.quality import is_opc_ua, severity, stored_status
from schemas.reading import VALUE_MAX
from schemas.site.mapping import TopicMapping
from schemas.status_codes import READY, spelling

_CODE_IN_TEXT = re.compile("[0-9]{1,10}|0[xX][0-9a-fA-F]{1,8}")  # a number in quotation marks
_WORD = re.compile("(?i:good|uncertain|bad)(?![a-z])")  # BadNotConnected, "Good, local override"
_LISTED_MAX = 12
SIGNED_LIMIT = 2**31  # 32-bit codes as signed numbers have them


def contract_value(raw: object, status: int) -> float | None:
    """Read `v` of contract v1: a number, true/false as 1/0, null where `status` is not good.

    Whole numbers are exact up to 2**53. Raises Unreadable (NOT_FINITE, NO_VALUE, WRONG_TYPE).
    """
    kind = type(raw)
    if kind is float or kind is int or kind is bool:
        return finite(raw)  # type: ignore[arg-type]
    if raw is None:
        if severity(status) == 0:
            raise Unreadable(Reason.NO_VALUE, "null with a good status")
        return None
    raise Unreadable(Reason.WRONG_TYPE, f"{quote(raw)} is not a number")


def finite(number: float) -> float:
    """Return the number as a 64-bit float, at most VALUE_MAX. Raises Unreadable (NOT_FINITE)."""
    try:
        value = float(number)
    except OverflowError:
        raise Unreadable(Reason.NOT_FINITE, "the number is beyond a 64-bit float") from None
    if not isfinite(value):
        raise Unreadable(Reason.NOT_FINITE, f"{value} is not a finite 64-bit number")
    if abs(value) > VALUE_MAX:
        sentence = f"{value} is beyond {VALUE_MAX:g}: readings of that size cannot be summed up"
        raise Unreadable(Reason.NOT_FINITE, sentence)
    return value


def stored(code: object) -> int:
    """Return the source's status code as it is stored. Raises Unreadable (BAD_STATUS)."""
    if code == 0 and type(code) is int:
        return 0
    if type(code) is not int or not is_opc_ua(code):
        raise Unreadable(Reason.BAD_STATUS, f"{quote(code)} is not an OPC UA status code")
    return stored_status(code)


def status_reader(mapping: TopicMapping) -> Callable[[object], int]:
    """Return the function that reads the status of a mapping; it raises as `stored` does."""
    if mapping.status_codes is None:
        return _opc_ua
    known = {spelling(code): stored_status(status) for code, status in mapping.status_codes}
    listed = ", ".join(repr(code) for code, _ in mapping.status_codes[:_LISTED_MAX])
    if len(known) > _LISTED_MAX:
        listed += " …"
    has_words = dict(mapping.status_codes) == dict(READY["words"])

    def read(code: object) -> int:
        if type(code) is str:
            code = code.strip()
            if spelling(code) not in known:
                code = _number_of(code)
        if has_words and type(code) is str and (word := _WORD.match(code)):
            return known[spelling(word[0])]
        try:
            return known[spelling(code)]
        except (KeyError, TypeError):  # TypeError: a list or an object
            sentence = f"{quote(code)} is none of the codes of the mapping ({listed})"
            raise Unreadable(Reason.BAD_STATUS, sentence + _tables_with(code)) from None

    return read


def _opc_ua(code: object) -> int:
    """Read an OPC UA code of a mapping, also in quotation marks or as a signed number."""
    number = _number_of(code.strip()) if type(code) is str else code
    if type(number) is int and -SIGNED_LIMIT <= number < 0:
        number += 2 * SIGNED_LIMIT
    try:
        return stored(number)
    except Unreadable as error:
        raise Unreadable(error.reason, error.detail + _tables_with(number)) from None


def _number_of(code: str) -> str | int:
    """Return the number that a text is, 192 or 0xC0; the text if it is none."""
    if not _CODE_IN_TEXT.fullmatch(code):
        return code
    return int(code, 16 if code[:2] in ("0x", "0X") else 10)


def _tables_with(code: object) -> str:
    """Return which ready tables know a code, as the mapping would have to name them."""
    try:
        names = [
            f'"{name}"'
            for name, pairs in READY.items()
            if spelling(code) in {spelling(known) for known, _ in pairs}
            or (name == "words" and type(code) is str and _WORD.match(code))
        ]
    except TypeError:
        return ""
    return f"; the table `codes = {' or '.join(names)}` has it" if names else ""
