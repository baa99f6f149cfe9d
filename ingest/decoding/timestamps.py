"""Device time: text or number to microseconds since 1970-01-01 UTC."""

import re
from datetime import UTC, datetime, timedelta

from ingest.decoding.rejection import Reason, Unreadable, quote

DAY_US = 86_400_000_000
HINT_LIMIT_US = 30 * DAY_US  # so near to the reception a stamp in another unit must be

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_DAY = re.compile(r"(\d{4}-\d\d-\d\d)[T ]24:00(?::00(?:[.,]0+)?)?(Z|[+-]\d\d:?\d\d)?")
_SAYS_UTC = re.compile(r"(?<=\d) ?(UTC|GMT)$")
_ZONE_BESIDE_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)\[[^\[\]]*\]$")  # RFC 9557
_MINUS = "\u2212"
_YEAR_1_US = -62_135_596_800_000_000
YEAR_10000_US = 253_402_300_800_000_000


def moment(us: int) -> str:
    """Return microseconds since 1970 as RFC 3339 text, or as a number outside of the calendar."""
    if _YEAR_1_US <= us < YEAR_10000_US:
        return aware(us).isoformat().replace("+00:00", "Z")
    return f"{us} µs"


def aware(us: int) -> datetime:
    """Return microseconds since 1970-01-01 UTC as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def microseconds(aware: datetime) -> int:
    """Return an aware datetime as microseconds since 1970-01-01 UTC, exactly."""
    since = aware - _EPOCH
    return since.days * DAY_US + since.seconds * 1_000_000 + since.microseconds


def contract_stamp_us(stamp: object) -> int:
    """Read `t` of contract v1: RFC 3339 text with an offset, or whole epoch milliseconds.

    Digits beyond the microsecond are cut off. Raises Unreadable (NO_STAMP, BAD_STAMP,
    STAMP_WITHOUT_ZONE).
    """
    if type(stamp) is str:
        return _from_text(stamp)
    if type(stamp) is int:
        return stamp * 1000
    if stamp is None:
        raise Unreadable(Reason.NO_STAMP, "t is missing or null")
    raise Unreadable(Reason.BAD_STAMP, f"{quote(stamp)} is neither text nor whole milliseconds")


def _from_text(text: str) -> int:
    at = iso(text)
    if at.tzinfo is None:
        raise Unreadable(Reason.STAMP_WITHOUT_ZONE, f"{quote(text)} has no offset and no Z")
    return microseconds(at)


def iso(text: str) -> datetime:
    """Read RFC 3339 text, with an offset or without. Raises Unreadable (BAD_STAMP).

    24:00 is the midnight at the end of a day, as ISO 8601 has it and newer Pythons read it. The
    name of a zone in brackets tells nothing beside an offset.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    written = text.strip().upper().replace(_MINUS, "-")  # RFC 3339 allows "t" and "z"
    written = _ZONE_BESIDE_OFFSET.sub(r"\1", _SAYS_UTC.sub("Z", written))
    try:
        if midnight := _END_OF_DAY.fullmatch(written):
            begin = datetime.fromisoformat(f"{midnight[1]}T00:00{midnight[2] or ''}")
            return begin + timedelta(days=1)
        return datetime.fromisoformat(written)
    except (ValueError, OverflowError):
        raise Unreadable(Reason.BAD_STAMP, f"{quote(text)} is not RFC 3339") from None
