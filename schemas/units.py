"""Units: UCUM codes, and the straight line that leads from one unit to another.

UCUM is read by `ucumvert`, converted by `pint`. Annotations in braces are kept apart: NTU, MPN and
the like have no UCUM unit but an annotation (`{NTU}`), and `m3{n}` is gas at normal conditions, of
which `schemas.unit_annotations` knows more.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from lark.exceptions import LarkError
from pint import UnitRegistry
from pint.errors import PintError
from ucumvert import UcumToPintTransformer
from ucumvert.parser import get_ucum_parser

from schemas.errors import UnitsUnavailable
from schemas.unit_annotations import CONDITIONS_HINT, STANDARD, annotations, normal_volumes
from schemas.unit_words import (
    HABITS,
    LOOKALIKE_DIVISORS,
    LOOKALIKE_TEXTS,
    LOOKALIKES,
    MISREAD_ATOMS,
)

SIGNIFICANT_DIGITS = 12

_LETTERS = str.maketrans(
    {"²": "2", "³": "3", "µ": "u", "μ": "u", "·": ".", "*": ".", "^": "", " ": ""}
)
_SPECIES = re.compile(r" \w+")
_SQUARE_BRACKETS = re.compile(r"\[[^\]]*\]")
_LONE_ANNOTATION = re.compile(r"(^|[./(])(?=\{)")
_PART = re.compile(r"([./()])(?![^{}]*\})")  # not within braces
# A word, its exponent and what is said about it: ft3{std}.
_WORD = re.compile(r"([^\d{}+-]+|100mL)([+-]?\d+)?((?:\{[^{}]*\})?)", re.IGNORECASE)


class UnitError(ValueError):
    """A text is no unit, or two units do not fit; the message says what would be right."""


@dataclass(frozen=True)
class Conversion:
    """How to come from one unit to another: `value * scale + offset`."""

    scale: float
    offset: float


def check_unit(code: str) -> None:
    """Raise UnitError unless `code` is a UCUM unit, UnitsUnavailable if none can be judged."""
    _quantity(code)


@cache
def conversion(source: str, target: str, *, ignore_braces: bool = False) -> Conversion:
    """Return how values in `source` become values in `target` (both UCUM).

    What stands in braces must be the same on both sides, unless the caller knows how it relates
    and says `ignore_braces`. Raises UnitError if that is not so, one of them is no unit, their
    dimensions differ, or the relation is not a straight line (decibel); UnitsUnavailable.
    """
    ours, theirs = _quantity(source), _quantity(target)
    if source == target:
        return Conversion(1.0, 0.0)
    volumes = 1.0
    if not ignore_braces:
        _refuse_other_braces(source, target)
        volumes = normal_volumes(source) / normal_volumes(target)
    try:
        at = [_moved(number, ours, theirs) for number in (0.0, 1.0, 2.0)]
    except PintError:
        raise UnitError(f'"{source}" cannot be converted to "{target}"') from None
    scale = at[1] - at[0]
    if abs(at[2] - at[1] - scale) > 1e-9 * abs(scale):
        raise UnitError(f'"{source}" and "{target}" are not related by a straight line')
    return Conversion(_rounded(scale * volumes), _rounded(at[0]))


@cache
def counted_as(source: str, accepted: tuple[str, ...]) -> Conversion:
    """Return how values in `source` become numbers in the first of several units that it fits.

    The units differ in what stands in braces, and are counted alike: NTU and FNU, MPN and CFU.
    Raises UnitError, which tells of the first; UnitsUnavailable.
    """
    first: UnitError | None = None
    for target in accepted:
        try:
            return conversion(source, target)
        except UnitError as error:
            first = first or error
    assert first is not None, "there is one unit at least"
    raise first


@cache
def base(code: str) -> tuple[Conversion, tuple[tuple[str, float], ...]]:
    """Return how values in a UCUM unit become values in base units, and their exponents.

    The base units are those of the registry (`meter`, `kilogram`, `second` ...), so that what is
    computed from values in them is in them again. Volumes of gas become normal ones where their
    conditions are known; what else stands in braces is left to the caller. Raises UnitError for a
    unit without a straight line to them (decibel); UnitsUnavailable.
    """
    ours = _quantity(code)
    quantity = _reader().ureg.Quantity
    try:
        at = [quantity(n * ours.magnitude, ours.units).to_base_units() for n in (0.0, 1.0, 2.0)]
    except PintError:
        raise UnitError(f'"{code}" has no base unit') from None
    zero, one, two = (float(each.magnitude) for each in at)
    if abs(two - 2 * one + zero) > 1e-9 * abs(one - zero):
        raise UnitError(f'"{code}" is no straight line from its base unit')
    exponents = tuple(sorted((str(unit), float(n)) for unit, n in at[1].unit_items()))
    return Conversion((one - zero) * normal_volumes(code), zero), exponents


def suggestion(text: str) -> str | None:
    """Return the UCUM unit that was probably meant by `text`, or None."""
    for plain in (text.translate(_LETTERS), _SPECIES.sub("", text).translate(_LETTERS)):
        whole = HABITS.get(plain.lower(), LOOKALIKE_TEXTS.get(plain, (plain,))[0])
        for unit in (whole, _meant(plain)):
            if unit != text and _is_unit(unit):
                return unit
    return None


def _meant(text: str) -> str:
    """Return the text with each word that has another meaning, or none, in UCUM replaced."""
    parts = _PART.split(text)
    return "".join(
        _replaced(part, _lookalike(part, divides=parts[at - 1 : at] == ["/"]), parts[at - 1 : at])
        for at, part in enumerate(parts)
    )


def _replaced(part: str, lookalike: tuple[str | None, str] | None, before: list[str]) -> str:
    word, exponent, braces = _split(part)
    better = HABITS.get(part.lower()) or (lookalike or (HABITS.get(word.lower()),))[0]
    if better is None:
        return part
    if HABITS.get(part.lower()):
        exponent = braces = ""
    compound = ("." in better or "/" in better) and not better.startswith("(")
    if compound and (exponent or before == ["/"]):
        better = f"({better})"
    return f"{better}{exponent}{braces}"


def _split(part: str) -> tuple[str, str, str]:
    """Return the word, the exponent and the braces of a part; all of it is the word otherwise."""
    match = _WORD.fullmatch(part)
    return (match[1], match[2] or "", match[3]) if match else (part, "", "")


def _lookalike(part: str, *, divides: bool) -> tuple[str | None, str] | None:
    """Return what is meant by a part, and what UCUM reads, if nobody means that."""
    for word in (part, _split(part)[0]):
        found = LOOKALIKES.get(word) or (LOOKALIKE_DIVISORS.get(word) if divides else None)
        if found:
            return found
    return None


def _refuse_lookalikes(code: str) -> None:
    """Raise UnitError for what UCUM reads as something that nobody at a plant means."""
    if code in LOOKALIKE_TEXTS:
        better, read = LOOKALIKE_TEXTS[code]
        raise UnitError(f'"{code}" is another unit in UCUM ({read}); did you mean "{better}"?')
    parts = _PART.split(code)
    for at, part in enumerate(parts):
        found = _lookalike(part, divides=parts[at - 1 : at] == ["/"])
        if found:
            better = _meant(code)
            is_better = better != code and _is_unit(better)
            hint = f'; did you mean "{better}"?' if is_better else ""
            raise UnitError(f'"{code}" is another unit in UCUM ("{part}" is {found[1]}){hint}')


def _refuse_other_braces(source: str, target: str) -> None:
    ours, theirs = annotations(source), annotations(target)
    if ours != theirs:
        hint = f"; {CONDITIONS_HINT}" if STANDARD in {*ours, *theirs} else ""
        raise UnitError(f'"{source}" and "{target}" differ in what stands in braces{hint}')


def _is_unit(code: str) -> bool:
    try:
        check_unit(code)
    except UnitError:
        return False
    return True


@cache
def _parser() -> Any:
    return _loaded(get_ucum_parser)


@cache
def _reader() -> Any:
    """Return the transformer of UCUM syntax trees to quantities; its `ureg` is the registry."""
    return _loaded(_make_reader)


def _make_reader() -> Any:
    # The library's own registry loads pint's a second time, for a transformer that nobody asks.
    registry: Any = UnitRegistry()
    registry.load_definitions(str(files("ucumvert") / "pint_ucum_defs.txt"))
    # The library translates [pH] to this name and leaves the definition to its user.
    registry.define("pH_value = [acidity]")
    return UcumToPintTransformer(registry)


def _loaded(load: Callable[[], Any]) -> Any:
    """Return what `load` makes. Raises UnitsUnavailable: an unreadable library is no wrong unit."""
    try:
        return load()
    except Exception as error:
        libraries = " with ".join(f"{name} {version(name)}" for name in ("ucumvert", "pint"))
        reason = " ".join(str(error).split())
        raise UnitsUnavailable(
            f"The registry of units ({libraries}) does not load, so no unit can be judged: "
            f"{reason} ({type(error).__name__}). Install the versions of requirements.lock."
        ) from error


@cache
def _quantity(code: str) -> Any:
    """Return the pint quantity of a UCUM code; annotations that stand alone count as 1."""
    _refuse_lookalikes(code)
    for atom, better in MISREAD_ATOMS.items():
        if atom in code:
            raise UnitError(f'"{code}": {atom} is not supported; write "{better}"')
    if "'" in _SQUARE_BRACKETS.sub("", code):
        raise UnitError(f'"{code}": minutes of arc are not supported; write "deg"')
    try:
        tree = _parser().parse(_LONE_ANNOTATION.sub(r"\g<1>1", code))
    except LarkError:
        unit = suggestion(code)
        meant = "; docs/site-file.md has examples" if unit is None else f'; did you mean "{unit}"?'
        raise UnitError(f'"{code}" is not a UCUM unit{meant}') from None
    try:
        return _reader().transform(tree)
    except (LarkError, PintError):
        raise UnitError(
            f'"{code}" cannot be computed with; write K for differences of °C'
        ) from None


def _moved(number: float, source: Any, target: Any) -> float:
    moved = _reader().ureg.Quantity(number * source.magnitude, source.units).to(target.units)
    return float(moved.magnitude) / float(target.magnitude)


def _rounded(number: float) -> float:
    """Cut the last digits off, which are noise and depend on the library's version."""
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")
