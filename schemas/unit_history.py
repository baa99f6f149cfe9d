"""Units that a point had one after another: how its older values become values of today's unit."""

from collections.abc import Sequence

from schemas.units import Conversion, UnitError, conversion

SAME = Conversion(1.0, 0.0)


def to_newest(units: Sequence[str]) -> list[Conversion | None]:
    """Return for each unit (UCUM) how its values become values of the last one.

    None where that cannot be: the two are different quantities, or one of them is no unit.
    """
    return [SAME if unit == units[-1] else _conversion(unit, units[-1]) for unit in units]


def another_quantity(before: str, after: str) -> str | None:
    """Return why values in `before` cannot be shown in `after`; None if they can."""
    try:
        conversion(before, after)
    except UnitError as error:
        return str(error)
    return None


def _conversion(source: str, target: str) -> Conversion | None:
    try:
        return conversion(source, target)
    except UnitError:
        return None
