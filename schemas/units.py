"""Units: UCUM codes, and the straight line that leads from one unit to another.

UCUM is read by `ucumvert`, converted by `pint`. Annotations in braces are kept apart: NTU, MPN and
the like have no UCUM unit but an annotation (`{NTU}`), and `m3{n}` is gas at normal conditions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from lark.exceptions import LarkError
from pint.errors import PintError
from ucumvert import PintUcumRegistry, UcumToPintTransformer
from ucumvert.parser import get_ucum_parser

from schemas.errors import UnitsUnavailable

# Atoms that are valid UCUM but that the library would read as something else.
MISREAD_ATOMS = {
    "[cft_i]": "[ft_i]3",
    "[cyd_i]": "[yd_i]3",
    "[Cal]": "kcal",
    "[rd_br]": "m",
    "[LPF]": "1",
    "g%": "g/dL",
}
# Valid UCUM too, but nobody at a plant means picohenry, coulomb or farad.
LOOKALIKES = {"pH": "[pH]", "C": "Cel", "F": "[degF]"}
SIGNIFICANT_DIGITS = 12

# What people write instead; looked up for the whole text and for each of its parts.
_HABITS = {
    "%rh": "%",
    "bar(a)": "bar",
    "bar(g)": "bar{gauge}",
    "bara": "bar",
    "barg": "bar{gauge}",
    "c": "Cel",
    "celsius": "Cel",
    "degc": "Cel",
    "degf": "[degF]",
    "f": "[degF]",
    "fnu": "{FNU}",
    "gpd": "[gal_us]/d",
    "gpm": "[gal_us]/min",
    "hour": "h",
    "hours": "h",
    "hr": "h",
    "hrs": "h",
    "kwh": "kW.h",
    "kwhr": "kW.h",
    "l": "L",
    "lmh": "L/(m2.h)",
    "lpm": "L/min",
    "mgd": "10*6.[gal_us]/d",
    "mgl": "mg/L",
    "mh2o": "m[H2O]",
    "mmh2o": "mm[H2O]",
    "mmws": "mm[H2O]",
    "mpn": "{MPN}",
    "mwh": "MW.h",
    "nl": "L{n}",
    "nm3": "m3{n}",
    "ntu": "{NTU}",
    "ohm": "Ohm",
    "ph": "[pH]",
    "ppb": "[ppb]",
    "ppm": "[ppm]",
    "psi": "[psi]",
    "rpm": "{rpm}/min",
    "scfm": "[ft_i]3{std}/min",
    "sec": "s",
    "wh": "W.h",
    "year": "a",
    "100ml": "(100.mL)",
    "°c": "Cel",
    "°f": "[degF]",
    "ºc": "Cel",
}
_LETTERS = str.maketrans(
    {"²": "2", "³": "3", "µ": "u", "μ": "u", "·": ".", "*": ".", "^": "", " ": ""}
)
_SPECIES = re.compile(r" \w+")
_SQUARE_BRACKETS = re.compile(r"\[[^\]]*\]")
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_LONE_ANNOTATION = re.compile(r"(^|[./(])(?=\{)")
_PART = re.compile(r"([./()])")


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
    if not ignore_braces and _annotations(source) != _annotations(target):
        raise UnitError(f'"{source}" and "{target}" differ in what stands in braces')
    try:
        at = [_moved(number, ours, theirs) for number in (0.0, 1.0, 2.0)]
    except PintError:
        raise UnitError(f'"{source}" cannot be converted to "{target}"') from None
    scale = at[1] - at[0]
    if abs(at[2] - at[1] - scale) > 1e-9 * abs(scale):
        raise UnitError(f'"{source}" and "{target}" are not related by a straight line')
    return Conversion(_rounded(scale), _rounded(at[0]))


def suggestion(text: str) -> str | None:
    """Return the UCUM unit that was probably meant by `text`, or None."""
    found = None
    for plain in (text.translate(_LETTERS), _SPECIES.sub("", text).translate(_LETTERS)):
        parts = [_HABITS.get(part.lower(), part) for part in _PART.split(plain)]
        for unit in (_HABITS.get(plain.lower(), plain), "".join(parts)):
            if found is None and unit != text and _is_unit(unit):
                found = unit
    return found


def _annotations(code: str) -> list[str]:
    return sorted(_ANNOTATION.findall(code))


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
    registry = PintUcumRegistry()
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
    if code in LOOKALIKES:
        raise UnitError(f'"{code}" is another unit in UCUM; did you mean "{LOOKALIKES[code]}"?')
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
