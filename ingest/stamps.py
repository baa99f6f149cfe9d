"""Device time: text or number to microseconds since 1970-01-01 UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.rejection import Reason, Unreadable, quote
from schemas.local_time import LocalKind, to_utc
from schemas.quality import Check

DAY_US = 86_400_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1_US = -62_135_596_800_000_000
_YEAR_10000_US = 253_402_300_800_000_000
_AMBIGUOUS = int(Check.AMBIGUOUS_LOCAL_TIME)

# Reads a stamp, given the time of reception too; returns microseconds and a mask of checks.
StampReader = Callable[[object, int], tuple[int, int]]


def moment(us: int) -> str:
    """Return microseconds since 1970 as RFC 3339 text, or as a number outside of the calendar."""
    if _YEAR_1_US <= us < _YEAR_10000_US:
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


def stamp_reader(time_format: str, time_zone: str | None) -> StampReader:
    """Return the function that reads the stamps of a mapping (see schemas.mapping).

    Raises ValueError for an unknown zone. The function raises Unreadable (NO_STAMP, BAD_STAMP,
    STAMP_WITHOUT_ZONE, STAMP_IN_GAP).
    """
    try:
        zone = ZoneInfo(time_zone) if time_zone else None
    except ZoneInfoNotFoundError:
        raise ValueError(f"the time zone {time_zone!r} is not known") from None
    if time_format == "epoch_ms":
        return partial(_from_number, 1000)
    if time_format == "epoch_s":
        return partial(_from_number, 1_000_000)
    if time_format == "rfc3339":
        return partial(_from_parsed, _iso, zone)
    return partial(_from_parsed, partial(_strptime, time_format), zone)


def _from_text(text: str) -> int:
    at = _iso(text)
    if at.tzinfo is None:
        raise Unreadable(Reason.STAMP_WITHOUT_ZONE, f"{quote(text)} has no offset and no Z")
    return microseconds(at)


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.upper())  # RFC 3339 allows "t" and "z"
    except ValueError:
        raise Unreadable(Reason.BAD_STAMP, f"{quote(text)} is not RFC 3339") from None


def _strptime(time_format: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, time_format)  # noqa: DTZ007 - the zone comes next
    except ValueError:
        raise Unreadable(Reason.BAD_STAMP, f"{quote(text)} is not {time_format}") from None


def _from_number(unit_us: int, stamp: object, _received_us: int) -> tuple[int, int]:
    if stamp is None:
        raise Unreadable(Reason.NO_STAMP, "the stamp is missing or null")
    if type(stamp) is int:
        return stamp * unit_us, 0
    if type(stamp) is float and abs(stamp) < _YEAR_10000_US / unit_us:
        return round(stamp * unit_us), 0
    raise Unreadable(Reason.BAD_STAMP, f"{quote(stamp)} is not a time since 1970")


def _from_parsed(
    parse: Callable[[str], datetime], zone: ZoneInfo | None, stamp: object, received_us: int
) -> tuple[int, int]:
    if stamp is None:
        raise Unreadable(Reason.NO_STAMP, "the stamp is missing or null")
    if type(stamp) is not str:
        raise Unreadable(Reason.BAD_STAMP, f"{quote(stamp)} is not text")
    at = parse(stamp)
    if at.tzinfo is not None:
        return microseconds(at), 0
    if zone is None:
        raise Unreadable(Reason.STAMP_WITHOUT_ZONE, f"{quote(stamp)} has no offset")
    return _from_local(at, zone, received_us)


def _from_local(local: datetime, zone: ZoneInfo, received_us: int) -> tuple[int, int]:
    try:
        at, kind = to_utc(local, zone, near=aware(received_us))
    except OverflowError:  # the first or last day of the calendar
        raise Unreadable(Reason.BAD_STAMP, f"{local} is outside of the calendar") from None
    if kind is LocalKind.GAP:
        raise Unreadable(Reason.STAMP_IN_GAP, f"{local} was skipped in {zone.key}")
    return microseconds(at), _AMBIGUOUS if kind is LocalKind.OVERLAP else 0
