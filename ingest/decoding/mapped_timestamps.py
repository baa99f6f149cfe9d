"""Device time in foreign payloads, in the form and the zone that their mapping says."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.decoding.rejection import Reason, Unreadable, quote
from ingest.decoding.repeated_hour import Order, meant
from ingest.decoding.timestamps import (
    DAY_US,
    HINT_LIMIT_US,
    YEAR_10000_US,
    iso,
    microseconds,
    moment,
)
from schemas.quality import Check

_AMBIGUOUS = int(Check.AMBIGUOUS_LOCAL_TIME)
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{0,30})?")  # what has an exponent was rounded
_DOT_NET = re.compile(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/")  # the offset is a remark
# Where nothing stands between two parts of a stamp, their digits tell where one ends.
_TOUCHING = re.compile(r"%[dmyYHIMSj]%[dmyYHIMSj]")
_SAYS_UTC = re.compile(r"\b(?:UTC|GMT)\b|\dZ$", re.IGNORECASE)
_DIGITS_ONLY = re.compile("(?:%[dmyYHIMSj])+")
_OF_ANY_WIDTH = re.compile("%[fzZ]")
_FRACTION = re.compile("[.,]%f")
_BELOW_MICROSECOND = re.compile(r"(?<=[.,]\d{6})\d+")
_EXCEL_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - local, as the cells of a sheet are
_EXCEL_DAYS_MAX = 2_958_465  # 31 December 9999
_DAY_MS = DAY_US // 1_000


class _Unit(NamedTuple):
    """So many (`number`) of a unit of time are `us` microseconds, counted from `begin_us` on."""

    us: int
    number: int = 1
    begin_us: int = 0


_EPOCH_UNITS = {
    "epoch_s": _Unit(1_000_000),
    "epoch_ms": _Unit(1_000),
    "epoch_us": _Unit(1),
    "epoch_ns": _Unit(1, number=1_000),
    "filetime": _Unit(1, number=10, begin_us=-11_644_473_600_000_000),  # 100 ns since 1601
}


class Stamp(NamedTuple):
    """A moment in microseconds since 1970 UTC, the checks that it fires, and its stream's order.

    `order` is None where no stamp nearby can be ambiguous.
    """

    ts_us: int
    checks: int = 0
    order: Order | None = None


StampReader = Callable[[object, int, Order | None], Stamp]


def stamp_reader(time_format: str, time_zone: str | None) -> StampReader:
    """Return the function that reads the stamps of a mapping (see schemas.site.mapping).

    Raises ValueError for an unknown zone. The function takes a stamp, the time of its reception and
    how far its stream has come, and raises Unreadable (NO_STAMP, BAD_STAMP,
    STAMP_WITHOUT_ZONE, STAMP_IN_GAP).
    """
    try:
        zone = ZoneInfo(time_zone) if time_zone else None
    except ZoneInfoNotFoundError:
        raise ValueError(f"the time zone {time_zone!r} is not known") from None
    if time_format in _EPOCH_UNITS:
        return partial(_from_number, _EPOCH_UNITS[time_format])
    if time_format == "rfc3339":
        return partial(_from_parsed, iso, zone)
    if time_format == "excel":
        return partial(_from_days, zone)
    needs_all = bool(_TOUCHING.search(time_format) and not _OF_ANY_WIDTH.search(time_format))
    parse = partial(_strptime, time_format, needs_all=needs_all)
    if _DIGITS_ONLY.fullmatch(time_format):
        return lambda stamp, *others: _from_parsed(parse, zone, _digits(stamp), *others)
    return partial(_from_parsed, parse, zone)


def _digits(stamp: object) -> object:
    """Return the digits of a whole number, which a format of nothing but digits can read."""
    return str(stamp) if type(stamp) is int else stamp


def _strptime(time_format: str, text: str, *, needs_all: bool) -> datetime:
    if _FRACTION.search(time_format):
        text = _BELOW_MICROSECOND.sub("", text, count=1)
    try:
        found = datetime.strptime(text, time_format)  # noqa: DTZ007 - the zone comes next
    except ValueError:
        found = _end_of_day(time_format, text)
    if needs_all and len(found.strftime(time_format)) != len(text.strip()):
        sentence = f"{quote(text)} lacks digits of {time_format} and may be several times"
        raise Unreadable(Reason.BAD_STAMP, sentence)
    if found.tzinfo is None and _SAYS_UTC.search(text.strip()):
        return found.replace(tzinfo=UTC)  # Python reads the name and forgets it
    return found


def _end_of_day(time_format: str, text: str) -> datetime:
    """Read a stamp of 24:00, the midnight at the end of its day. Raises Unreadable (BAD_STAMP)."""
    for hours in re.finditer("24", text if "%H" in time_format else ""):
        try:
            begin = datetime.strptime(  # noqa: DTZ007 - the zone comes next
                f"{text[: hours.start()]}00{text[hours.end() :]}", time_format
            )
            if begin.time() == time.min:
                return begin + timedelta(days=1)
        except (ValueError, OverflowError):
            continue
    raise Unreadable(Reason.BAD_STAMP, f"{quote(text)} is not {time_format}")


def _from_days(
    zone: ZoneInfo | None, stamp: object, received_us: int, order: Order | None = None
) -> Stamp:
    """Read a local date as Excel and OLE count it, in days since 1899."""
    written = str(stamp) if type(stamp) is int or type(stamp) is float else stamp
    return _from_parsed(_of_days, zone, written, received_us, order)


def _of_days(text: str) -> datetime:
    days = _of_text(text)
    if days is None or not 0 < days < _EXCEL_DAYS_MAX:
        raise Unreadable(Reason.BAD_STAMP, f"{quote(text)} is no number of days since 1899")
    return _EXCEL_BEGIN + timedelta(milliseconds=round(days * _DAY_MS))


def _from_number(
    unit: _Unit, stamp: object, _received_us: int, _order: Order | None = None
) -> Stamp:
    if stamp is None:
        raise Unreadable(Reason.NO_STAMP, "the stamp is missing or null")
    number = _of_text(stamp) if type(stamp) is str else stamp
    if (
        type(stamp) is str
        and unit == _EPOCH_UNITS["epoch_ms"]
        and (net := _DOT_NET.fullmatch(stamp))
    ):
        number = int(net[1])
    if type(number) is int:
        return Stamp(unit.begin_us + number * unit.us // unit.number)
    if type(number) is float and abs(number) < 2 * YEAR_10000_US * unit.number / unit.us:
        return Stamp(unit.begin_us + round(number * unit.us / unit.number))
    raise Unreadable(Reason.BAD_STAMP, f"{quote(stamp)} is not a time since 1970")


def _of_text(text: str) -> int | float | None:
    """Return a number that stands in quotation marks; None for what is none."""
    match = _NUMBER.fullmatch(text.strip())
    return None if match is None else float(text) if match[1] else int(text)


def _from_parsed(
    parse: Callable[[str], datetime],
    zone: ZoneInfo | None,
    stamp: object,
    received_us: int,
    order: Order | None = None,
) -> Stamp:
    if stamp is None:
        raise Unreadable(Reason.NO_STAMP, "the stamp is missing or null")
    if type(stamp) is not str:
        sentence = f"{quote(stamp)} is not text{_format_that_fits(stamp, received_us)}"
        raise Unreadable(Reason.BAD_STAMP, sentence)
    at = parse(stamp)
    if at.tzinfo is not None:
        return Stamp(microseconds(at))
    if zone is None:
        raise Unreadable(Reason.STAMP_WITHOUT_ZONE, f"{quote(stamp)} has no offset")
    return _from_local(at, zone, received_us, order)


def _format_that_fits(stamp: object, received_us: int) -> str:
    """Return which format makes a number a time near its reception."""
    if type(stamp) is int or type(stamp) is float:
        for name, unit in _EPOCH_UNITS.items():
            near_us = unit.begin_us + stamp * unit.us / unit.number
            if abs(near_us - received_us) < HINT_LIMIT_US:
                return f'; if it is {moment(round(near_us))}, say `format = "{name}"`'
    return ""


def _from_local(local: datetime, zone: ZoneInfo, received_us: int, order: Order | None) -> Stamp:
    try:
        found = meant(local, zone, received_us, order)
    except OverflowError:  # the first or last day of the calendar
        raise Unreadable(Reason.BAD_STAMP, f"{local} is outside of the calendar") from None
    if found is None:
        raise Unreadable(Reason.STAMP_IN_GAP, f"{local} was skipped in {zone.key}")
    return Stamp(found.ts_us, 0 if found.sure else _AMBIGUOUS, found.order)
