"""Rules for single values of the site file. Each returns its value or raises ValueError."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from schemas.pointer import is_half_open, steps_of
from schemas.status_codes import Code, spelling
from schemas.unit_annotations import NORMAL_K, PRESSURES, TEMPERATURES, Conditions
from schemas.units import check_unit

TAG = "{tag}"
TOPIC_LIMIT_BYTES = 65_535
YEAR_MIN, YEAR_MAX = 1970, 2199
STANDARD_MAX_CELSIUS = 30
STANDARD_KPA = (90, 110)
EPOCH_FORMATS = ("epoch_ms", "epoch_s", "epoch_us", "epoch_ns", "filetime")

_T = TypeVar("_T")
# A moment whose parts all differ, to see what a format keeps of it.
_PROBE = datetime(2026, 3, 14, 15, 47, 58)  # noqa: DTZ001 - naive by nature


# Formats that are read without an error, and wrong.
_HALF_FORMATS = (
    ("^(?!.*%p).*%I", "; %I is a clock of 12 hours, and %p (AM or PM) is missing: afternoons would "
     "be read as mornings; write %H for 24 hours, or add %p"),
    ("^(?!.*%I).*%p", "; %p (AM or PM) only counts with %I, a clock of 12 hours, in place of %H"),
    ("^(?!.*%[HIcX]).*%[MSf]", "; it holds minutes or seconds, and no hours"),
    ("%Z", "; the name of a zone (%Z) is read and forgotten; write %z for an offset such as +0200, "
     "or the letters themselves and a `zone`"),
)  # fmt: skip


def check_ucum(code: str) -> str:
    """Let a UCUM unit pass."""
    check_unit(code)
    return code


def check_zone(name: str) -> str:
    """Let the name of a time zone pass, "Europe/Helsinki"."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        raise ValueError(f'"{name}" is not a time zone, such as "Europe/Helsinki"') from None
    return name


def check_country(code: str) -> str:
    """Let the code of a country pass whose public holidays are known, "FI"."""
    if code not in holidays.list_supported_countries(include_aliases=False):
        raise ValueError(
            f'"{code}" is not a country whose public holidays are known, such as "FI" (ISO 3166-1)'
        )
    return code


def check_moment(moment: object) -> object:
    """Let a date or a time of a day pass."""
    if not isinstance(moment, date):
        raise ValueError("must be a date or a time without quotes, such as 2026-09-01")
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise ValueError(f"{moment} is not between the years {YEAR_MIN} and {YEAR_MAX}")
    return moment


def check_element_key(key: str) -> str:
    """Let the key of an asset or stream pass: a name as it stands in formulas."""
    return _check_name(key, "an asset or stream")


def check_figure_key(key: str) -> str:
    """Let the key of a key figure pass: a name as those of the catalogue are."""
    return _check_name(key, "a key figure")


def _check_name(key: str, of: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]{0,63}", key):
        raise ValueError(
            f'"{key}" is not a key of {of}; use a-z, 0-9 and "_", a letter first, '
            "at most 64 characters"
        )
    return key


def quantity_alone(value: object) -> object:
    """Let [1200, "m3"] stand for a table of value and unit, and a date behind it for `since`."""
    if isinstance(value, list) and len(value) in (2, 3):
        return dict(zip(("value", "unit", "since"), value, strict=False))
    if not isinstance(value, dict):
        raise ValueError(f'must be a number with its unit, such as [1200, "m3"], not {value}')
    return value


def number_with_unit(value: object) -> tuple[float, str]:
    """Let a number and a unit pass, [15, "Cel"]."""
    match value:
        case [int() | float() as number, str() as unit] if not isinstance(number, bool):
            return number, unit
    raise ValueError(f'must be a number with its unit, such as [15, "Cel"], not {value}')


def check_standard_temperature(given: tuple[float, str]) -> tuple[float, str]:
    """Let the temperature of standard volumes of gas pass."""
    if given[1] not in TEMPERATURES:
        raise ValueError(f'"{given[1]}" is no temperature here; use {_or(TEMPERATURES)}')
    celsius = Conditions(given).temperature_k - NORMAL_K
    if not 0 <= celsius <= STANDARD_MAX_CELSIUS:
        raise ValueError(
            f"{given[0]:g} {given[1]} is {celsius:.1f} °C, and standard volumes of gas are at "
            f"0 to {STANDARD_MAX_CELSIUS} °C"
        )
    return given


def check_standard_pressure(given: tuple[float, str]) -> tuple[float, str]:
    """Let the pressure of standard volumes of gas pass."""
    if given[1] not in PRESSURES:
        raise ValueError(f'"{given[1]}" is no absolute pressure here; use {_or(PRESSURES)}')
    kpa = Conditions((0, "Cel"), given).pressure_kpa
    low, high = STANDARD_KPA
    if not low <= kpa <= high:
        raise ValueError(
            f"{given[0]:g} {given[1]} is {kpa:.1f} kPa, and standard volumes of gas are at "
            f"{low} to {high} kPa"
        )
    return given


def _or(words: Iterable[str]) -> str:
    *first, last = (f'"{word}"' for word in words)
    return f"{', '.join(first)} or {last}"


def check_interval(interval_s: float) -> float:
    """Let a positive number of seconds pass."""
    if not interval_s > 0:
        raise ValueError(
            f"{interval_s:g} is not an interval; give seconds above 0, "
            "or leave the key out if the value is sent on change only"
        )
    return interval_s


def check_threshold(threshold: float | bool) -> float | bool:
    """Let the threshold of a check pass, or false, which turns it off."""
    if threshold is not False and threshold <= 0:
        raise ValueError(f"{threshold:g} is not above 0; to turn the check off write false")
    return threshold


def check_rate(rate_per_h: float) -> float:
    """Let a positive rate pass."""
    if not rate_per_h > 0:
        raise ValueError(
            f"{rate_per_h:g} is not a largest rate; give the most that the meter can count in an "
            "hour, or leave the key out"
        )
    return rate_per_h


def check_counts(rate_per_h: float, kind: str | None) -> float:
    """Let the largest rate of a counter pass; nothing else has one."""
    if kind not in {None, "counter"}:
        raise ValueError(f'only a point of kind "counter" has a largest rate, and this is a {kind}')
    return rate_per_h


def check_lo_hi(pair: tuple[float, float]) -> tuple[float, float]:
    """Let a pair pass whose first number is below the second."""
    lo, hi = pair
    if not lo < hi:
        raise ValueError(f"[{lo:g}, {hi:g}] is not a range; the first number must be the smaller")
    return pair


def check_within(
    inner: tuple[float, float], outer: tuple[float, float] | None
) -> tuple[float, float]:
    """Let a pair pass that is in order, both numbers may be the same, and stays within `outer`."""
    lo, hi = inner
    if lo > hi:
        raise ValueError(f"[{lo:g}, {hi:g}] is not a range; the first number must be the smaller")
    if outer is not None and not (outer[0] <= lo and hi <= outer[1]):
        raise ValueError(
            f"[{lo:g}, {hi:g}] reaches outside of the range [{outer[0]:g}, {outer[1]:g}]"
        )
    return inner


def check_state_codes(states: dict[str, _T]) -> dict[str, _T]:
    """Let states pass whose codes are whole numbers."""
    for code in states:
        if not code.removeprefix("-").isdecimal():
            raise ValueError(f'"{code}" is not a state code; codes are whole numbers')
        if code != str(int(code)):
            raise ValueError(f'"{code}" can never match: the value is written {int(code)}')
    return states


def check_pointer(pointer: str) -> str:
    """Let a JSON pointer (RFC 6901) pass."""
    if pointer and not pointer.startswith("/"):
        raise ValueError(f'"{pointer}" is not a JSON pointer; did you mean "/{pointer}"?')
    if "~" in pointer.replace("~0", "").replace("~1", ""):
        raise ValueError(f'"{pointer}" is not a JSON pointer; "~" is written "~0"')
    if any(is_half_open(step) for step in steps_of(pointer)):
        raise ValueError(f'"{pointer}": an element is found by its name as in "/list/[id=Flow]/v"')
    return pointer


def check_factor(factor: float) -> float:
    """Let a factor pass that leaves something of the value."""
    if factor == 0:
        raise ValueError("is 0, which makes every value 0")
    return factor


def pointer_alone(status: object) -> object:
    """Let a JSON pointer stand for a table that has nothing else."""
    return {"pointer": status} if isinstance(status, str) else status


def check_codes(codes: tuple[object, ...]) -> tuple[object, ...]:
    """Let codes of a payload pass: numbers, texts, true and false."""
    for code in codes:
        if not isinstance(code, Code):
            raise ValueError(f"{code} is not a code; give numbers, texts, true or false")
    return codes


def check_code_lists(*lists: Iterable[object]) -> None:
    """Let lists of codes pass that have no code twice."""
    seen = set()
    for code in (code for codes in lists for code in codes):
        if spelling(code) in seen:
            raise ValueError(f"has the code {code!r} twice")
        seen.add(spelling(code))


def check_topic(topic: str) -> str:
    """Let an MQTT topic pass that may have one segment `{tag}`, and no wildcards."""
    segments = topic.split("/")
    if topic.startswith("$share/"):
        raise ValueError(f'"{topic}" is a shared subscription; give the topic behind its name')
    if topic.startswith("$"):
        raise ValueError(
            f'"{topic}" cannot be mapped: what begins with "$" is the broker\'s own (MQTT 5, 4.7.2)'
        )
    if "#" in topic or "+" in topic:
        raise ValueError(
            f'"{topic}" is not a topic; give it without "+" and "#", with "{TAG}" as a segment '
            "where several values share it"
        )
    if not topic or "\0" in topic or len(topic.encode(errors="replace")) > TOPIC_LIMIT_BYTES:
        raise ValueError(
            f"is not a topic, which has 1 to {TOPIC_LIMIT_BYTES} bytes of UTF-8 and no NUL"
        )
    if topic != topic.strip():
        raise ValueError(f'"{topic}" has a blank at an end, which no sender means')
    if any("{" in segment and segment != TAG for segment in segments):
        raise ValueError(f'"{topic}": braces are only for a whole segment "{TAG}"')
    if segments.count(TAG) > 1:
        raise ValueError(f'"{topic}" has more than one segment "{TAG}"')
    return topic


def check_format(time_format: str) -> str:
    """Let "rfc3339", "epoch_ms" and the like or a strptime format that holds a whole date pass."""
    if time_format in ("rfc3339", "excel", *EPOCH_FORMATS):
        return time_format
    for letters, why in _HALF_FORMATS:
        if re.search(letters, time_format.replace("%%", "")):
            raise ValueError(_not_a_format(time_format, why))
    try:
        back = datetime.strptime(_PROBE.strftime(time_format), time_format)  # noqa: DTZ007
    except ValueError as error:
        raise ValueError(_not_a_format(time_format, f"; {error}")) from None
    if back.date() != _PROBE.date():
        raise ValueError(_not_a_format(time_format, "; it holds no whole date"))
    return time_format


def _not_a_format(time_format: str, why: str) -> str:
    known = ", ".join(f'"{name}"' for name in ("rfc3339", *EPOCH_FORMATS, "excel"))
    return (
        f'"{time_format}" is not a time format{why}; '
        f'give {known}, or one such as "%Y-%m-%d %H:%M:%S"'
    )
