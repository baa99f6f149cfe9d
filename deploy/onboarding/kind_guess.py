"""What kind of point a row describes: by its column of types, its name and its unit. Pure."""

import re
from collections.abc import Iterable
from functools import cache

from deploy.onboarding.guess import Guess
from deploy.onboarding.plain import LETTERS, plain
from deploy.onboarding.words import words
from schemas.units import UnitError, conversion

MEASUREMENT, COUNTER, STATE = "measurement", "counter", "state"

# Amounts that only grow where they are counted; a volume or a mass may also be what a tank holds.
_COUNTED = ("kW.h", "kV.A{reactive}.h")
_TOTALS = ("m3", "m3{n}", "m3{std}", "t", "h", "[gal_us]", *_COUNTED)
_LETTERS = re.compile(r"(?:^|[^A-Z])([A-Z]{2,4})(?=[^A-Z]|$)")
# Flow, power, weight, energy and time, summed (ISO 14617-6).
_TOTALISING = re.compile(r"[FJWEK]Q[ITR]?")


def guess_kind(tag: str, names: Iterable[str], unit: str, type_text: str) -> Guess[str]:
    """Return the kind of a point; `unit` is UCUM, or no unit at all where it is not known."""
    said = said_kind(type_text)
    if said is not None and said != MEASUREMENT:
        return Guess(said, f'the list says "{type_text}"')
    name = plain(" ".join(names)) + " "
    spoken = next(
        (
            (kind, word)
            for kind, known in words()["name_says"].items()
            for word in known
            if word in name and (kind != COUNTER or _is_amount(unit)) and _may_be(kind, unit)
            if kind != STATE or said is None
        ),
        None,
    )
    if spoken is not None:
        return Guess(spoken[0], f'the name has "{spoken[1].strip()}"')
    if any(_same_quantity(unit, counted) for counted in _COUNTED):
        return Guess(COUNTER, f"{unit} is counted")
    totalising = any(_TOTALISING.fullmatch(letters) for letters in _LETTERS.findall(tag.upper()))
    if totalising and _is_amount(unit):
        return Guess(COUNTER, "the letters of the tag sum up")
    if said is not None:
        return Guess(MEASUREMENT)
    return Guess(MEASUREMENT, "nothing says otherwise")


def said_kind(text: str) -> str | None:
    """Return what a column of types says."""
    parts = set(LETTERS.findall(plain(text)))
    return next((kind for kind, known in words()["type"].items() if parts & set(known)), None)


def _may_be(kind: str, unit: str) -> bool:
    """Tell whether a point with that unit can be a state: what has a quantity is none."""
    return kind != STATE or unit in {"1", "?"}


def _is_amount(unit: str) -> bool:
    return unit in {"1", "?"} or any(_same_quantity(unit, total) for total in _TOTALS)


@cache  # a list has few units and many rows
def _same_quantity(unit: str, other: str) -> bool:
    try:
        conversion(unit, other)
    except UnitError:
        return False
    return True
