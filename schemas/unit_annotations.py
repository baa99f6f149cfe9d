"""What stands in the braces of a unit, and what of it can be computed with: volumes of gas.

A volume of gas is that of some temperature and pressure. `m3{n}` is at normal conditions, 0 °C and
101.325 kPa (DIN 1343). Standard conditions are others in each country, so `m3{std}` says not which;
`m3{15Cel}` and `[ft_i]3{60[degF],14.73[psi]}` do, and are normal volumes of another size. Gas is
taken as ideal, and nothing is said of its moisture.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NORMAL, STANDARD = "{n}", "{std}"
CONDITIONS_HINT = (
    "write in [site] at which temperature a standard volume of gas is, such as "
    'standard_temperature = [15, "Cel"] or [60, "[degF]"]'
)
NORMAL_K, NORMAL_KPA = 273.15, 101.325

# How temperatures become K, and pressures kPa.
TEMPERATURES = {
    "Cel": (1.0, NORMAL_K),
    "[degF]": (5 / 9, 459.67 * 5 / 9),
    "K": (1.0, 0.0),
}
PRESSURES = {
    "kPa": 1.0,
    "hPa": 0.1,
    "mbar": 0.1,
    "bar": 100.0,
    "atm": NORMAL_KPA,
    "[psi]": 6.894757293168,
}

_PIECE = re.compile(r"(\{[^{}]*\})|\[[^\]]*\]|([./()])")
_NUMBER = r"-?\d+(?:\.\d+)?"
_CONDITIONS = re.compile(
    rf"\{{({_NUMBER})({'|'.join(map(re.escape, TEMPERATURES))})"
    rf"(?:,({_NUMBER})({'|'.join(map(re.escape, PRESSURES))}))?\}}"
)


@dataclass(frozen=True)
class Conditions:
    """At which temperature and pressure a volume of gas is meant, each a number and a unit (UCUM).

    Without a pressure it is 101.325 kPa.
    """

    temperature: tuple[float, str]
    pressure: tuple[float, str] | None = None

    @property
    def temperature_k(self) -> float:
        """The temperature in K."""
        number, unit = self.temperature
        scale, offset = TEMPERATURES[unit]
        return number * scale + offset

    @property
    def pressure_kpa(self) -> float:
        """The absolute pressure in kPa."""
        if self.pressure is None:
            return NORMAL_KPA
        number, unit = self.pressure
        return number * PRESSURES[unit]

    @property
    def normal_volumes(self) -> float:
        """How many normal cubic metres of gas are in one cubic metre: the ideal gas law."""
        return NORMAL_K / self.temperature_k * self.pressure_kpa / NORMAL_KPA

    def __str__(self) -> str:
        """Return the annotation."""
        parts = [part for part in (self.temperature, self.pressure) if part is not None]
        return "{" + ",".join(f"{number:.10g}{unit}" for number, unit in parts) + "}"


def conditions(annotation: str) -> Conditions | None:
    """Return what an annotation says of a volume of gas; None if it says something else."""
    match = _CONDITIONS.fullmatch(annotation)
    if match is None:
        return None
    pressure = None if match[3] is None else (float(match[3]), match[4])
    return Conditions((float(match[1]), match[2]), pressure)


def annotations(code: str) -> Mapping[str, float]:
    """Return how often each annotation of a unit multiplies (1) or divides (-1).

    A volume of gas whose conditions are known is one at normal conditions.
    """
    found: dict[str, float] = {}
    for words, power in _written(code):
        name = words if conditions(words) is None else NORMAL
        found[name] = found.get(name, 0.0) + power
    return {name: power for name, power in found.items() if power}


def normal_volumes(code: str) -> float:
    """Return what values in a unit are multiplied with, to be of gas at normal conditions."""
    factor = 1.0
    for words, power in _written(code):
        found = conditions(words)
        if found is not None:
            factor *= found.normal_volumes**power
    return factor


def stated(code: str) -> str | None:
    """Return the annotation of a unit that states the conditions of gas; None if none does."""
    return next((words for words, _ in _written(code) if conditions(words) is not None), None)


def _written(code: str) -> list[tuple[str, float]]:
    """Return each annotation, and whether it multiplies (1) or divides (-1)."""
    found: list[tuple[str, float]] = []
    outer, sign = [1.0], 1.0
    for match in _PIECE.finditer(code):
        words, piece = match.groups()
        if words is not None:
            found.append((words, sign))
        elif piece == "(":
            outer.append(sign)
        elif piece == ")":
            outer.pop()
        if piece is not None:
            sign = -outer[-1] if piece == "/" else outer[-1]
    return found
