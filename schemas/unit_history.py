"""Units that a point had one after another: how its older values become values of today's unit."""

from collections.abc import Sequence

from schemas.unit_annotations import STANDARD, stated
from schemas.units import Conversion, UnitError, conversion

SAME = Conversion(1.0, 0.0)


def meant(units: Sequence[str]) -> list[str]:
    """Return the units (UCUM) with the conditions that standard volumes of gas had without a word.

    They are those that the point states later, or else stated before.
    """
    if not any(STANDARD in unit for unit in units):
        return list(units)
    said = [stated(unit) for unit in units]
    return [
        unit.replace(STANDARD, next(filter(None, (*said[at:], *reversed(said[:at]))), STANDARD))
        for at, unit in enumerate(units)
    ]


def to_newest(units: Sequence[str]) -> list[Conversion | None]:
    """Return for each unit (UCUM) how its values become values of the last one.

    None where that cannot be: the two are different quantities, or one of them is no unit.
    """
    *_, newest = known = meant(units)
    return [SAME if unit == newest else _conversion(unit, newest) for unit in known]


def another_quantity(before: str, after: str) -> str | None:
    """Return why values in `before` cannot be shown in `after`; None if they can."""
    try:
        conversion(*meant((before, after)))
    except UnitError as error:
        return str(error)
    return None


def _conversion(source: str, target: str) -> Conversion | None:
    try:
        return conversion(source, target)
    except UnitError:
        return None
