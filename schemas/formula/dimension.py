"""What a value is, apart from the size of its unit: a product of powers, and what braces say.

Gas at normal conditions (`m3{n}`) or turbidity (`{NTU}`) differ from other volumes and numbers only
by what stands in braces, so braces multiply and cancel like units.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.unit_annotations import annotations
from schemas.units import Conversion, base

_SYMBOLS = {
    "meter": "m",
    "kilogram": "kg",
    "second": "s",
    "ampere": "A",
    "kelvin": "K",
    "mole": "mol",
    "candela": "cd",
    "radian": "rad",
    "pH_value": "[pH]",
}


@dataclass(frozen=True)
class Dimension:
    """Exponents of base units and of annotations, those of 0 left out, in the order of names."""

    powers: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, code: str) -> "Dimension":
        """Return the dimension of a unit (UCUM). Raises UnitError."""
        return _sum([base(code)[1], annotations(code).items()])

    def __mul__(self, other: "Dimension") -> "Dimension":
        return _sum([self.powers, other.powers])

    def __truediv__(self, other: "Dimension") -> "Dimension":
        return _sum([self.powers, ((name, -power) for name, power in other.powers)])

    def __str__(self) -> str:
        """Return it as a unit, such as `kg.m-3`."""
        parts = [
            f"{_SYMBOLS.get(name, name)}{'' if power == 1 else f'{power:g}'}"
            for name, power in self.powers
        ]
        return ".".join(parts) or "1"


NUMBER = Dimension()
SECONDS = Dimension((("second", 1.0),))
TEMPERATURE = Dimension((("kelvin", 1.0),))


def to_base(code: str) -> Conversion:
    """Return how values in a unit (UCUM) become values in base units. Raises UnitError."""
    return base(code)[0]


def _sum(parts: Iterable[Iterable[tuple[str, float]]]) -> Dimension:
    total: dict[str, float] = {}
    for part in parts:
        for name, power in part:
            total[name] = total.get(name, 0.0) + power
    return Dimension(tuple(sorted((name, power) for name, power in total.items() if power)))
