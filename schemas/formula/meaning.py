"""What a part of a formula is: one number or a value for every moment, and of which dimension."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from schemas.formula.dimension import NUMBER, Dimension, to_base
from schemas.units import UnitError, counted_as


class Shape(Enum):
    """How many values a part of a formula has over a window."""

    ONE = "one number"
    STEPS = "a value for every moment"
    COUNTER = "a counter"
    CONDITION = "a comparison"


@dataclass(frozen=True)
class Signal:
    """What a role, a property or a point is: its unit (UCUM), and whether it counts on or stands.

    Values of a point may come in another unit of the same dimension, or in one that is `accepted`:
    those differ in what stands in braces, and are counted alike.
    """

    unit: str
    is_counter: bool = False
    is_property: bool = False
    accepted: tuple[str, ...] = ()

    def fits(self, unit: str) -> bool:
        """Tell whether values in a unit (UCUM) can be computed with."""
        return _fits(unit, (self.unit, *self.accepted))


@dataclass(frozen=True)
class Scope:
    """The names that a formula may use.

    Args:
        kinds: Roles and properties of each kind of asset or stream, by name.
        own: The kind whose roles may be named without it; None if the formula is of the whole site.
        points: Points of the site that may be named, by `line/point`.
    """

    kinds: Mapping[str, Mapping[str, Signal]]
    own: str | None = None
    points: Mapping[str, Signal] | None = None


@dataclass(frozen=True)
class Meaning:
    """Shape and dimension of a part.

    `dimension` is None for the number 0, which is nothing of anything. `is_absolute` tells that it
    is a reading of a scale whose zero means nothing (°C): it has differences, but no multiples.
    `unit` is what comes of the units that the formula names, for sentences only.
    """

    shape: Shape
    dimension: Dimension | None
    is_absolute: bool = False
    unit: str = "1"

    @classmethod
    def of(cls, signal: Signal) -> "Meaning":
        """Return the meaning of a role, a property or a point."""
        shape = Shape.COUNTER if signal.is_counter else Shape.STEPS
        dimension, way = Dimension.of(signal.unit), to_base(signal.unit)
        shape = Shape.ONE if signal.is_property else shape
        return cls(shape, dimension, way.offset != 0, signal.unit)

    @property
    def multiplies(self) -> Dimension:
        """The dimension that it brings into a product."""
        return NUMBER if self.dimension is None else self.dimension

    @property
    def told(self) -> str:
        """The unit as its reader knows it: by the units of what the formula names."""
        return self.unit if Dimension.of(self.unit) == self.multiplies else str(self.multiplies)


def times(*units: str) -> str:
    """Return the product of units (UCUM) as text, such as `m3/h.mg/L`."""
    return ".".join(unit for unit in units if unit != "1") or "1"


def over(unit: str, below: str) -> str:
    """Return a unit (UCUM) divided by another, as text."""
    if below == "1":
        return unit
    if unit == below:
        return "1"
    return f"{unit}/({below})" if {"/", "."} & set(below) else f"{unit}/{below}"


@cache
def _fits(unit: str, accepted: tuple[str, ...]) -> bool:
    try:
        counted_as(unit, accepted)
    except UnitError:
        return False
    return True
