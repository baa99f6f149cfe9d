"""Values and source codes: what stands in a payload to what is stored."""

import re
from collections.abc import Callable
from math import isfinite

from ingest.decoding.rejection import Reason, Unreadable, quote
from schemas.quality import is_opc_ua, severity, stored_status
from schemas.reading import VALUE_MAX
from schemas.site.mapping import TopicMapping
from schemas.status_codes import spelling

_CODE_IN_TEXT = re.compile("[0-9]{1,10}")  # a number in quotation marks


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
        return stored
    known = {spelling(code): stored_status(status) for code, status in mapping.status_codes}
    listed = ", ".join(repr(code) for code, _ in mapping.status_codes)

    def read(code: object) -> int:
        if type(code) is str and code not in known and _CODE_IN_TEXT.fullmatch(code):
            code = int(code)
        try:
            return known[spelling(code)]
        except (KeyError, TypeError):  # TypeError: a list or an object
            sentence = f"{quote(code)} is none of the codes of the mapping ({listed})"
            raise Unreadable(Reason.BAD_STATUS, sentence) from None

    return read
