"""Values and source codes: what stands in a payload to what is stored."""

from math import isfinite

from ingest.rejection import Reason, Unreadable, quote
from schemas.quality import OPC_STATUS_MAX, severity, stored_status


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
    """Return the number as a 64-bit float. Raises Unreadable (NOT_FINITE)."""
    try:
        value = float(number)
    except OverflowError:
        raise Unreadable(Reason.NOT_FINITE, "the number is beyond a 64-bit float") from None
    if not isfinite(value):
        raise Unreadable(Reason.NOT_FINITE, f"{value} is not a finite 64-bit number")
    return value


def stored(code: object) -> int:
    """Return the source's status code as it is stored. Raises Unreadable (BAD_STATUS)."""
    if code == 0 and type(code) is int:
        return 0
    if type(code) is not int or not 0 <= code <= OPC_STATUS_MAX:
        raise Unreadable(Reason.BAD_STATUS, f"{quote(code)} is not a number from 0 to 2**32 - 1")
    return stored_status(code)
