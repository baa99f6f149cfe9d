"""What a key figure is: a formula over some points, each in the unit that the formula needs."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.analysis.kpi import formulas
from dashboard.analysis.kpi.inputs import KpiInputs

Formula = Callable[[KpiInputs], float | None]


@dataclass(frozen=True)
class Need:
    """A point that a formula needs, as `line/point`, and the UCUM unit in which it gets it.

    Of a counter it gets what was counted; of others the means of steps.
    """

    point: str
    unit: str
    is_counter: bool = False


@dataclass(frozen=True)
class Kpi:
    """One key figure in `unit`; the formula may have no answer.

    Boards show it over the last `days` days; it can be asked over any window.
    """

    key: str
    unit: str
    days: int
    needs: tuple[Need, ...]
    formula: Formula

    @property
    def inputs(self) -> tuple[str, ...]:
        """The points that it needs, as `line/point`."""
        return tuple(need.point for need in self.needs)


def measured(unit: str, *points: str) -> tuple[Need, ...]:
    """Return the need of the means of some points."""
    return tuple(Need(point, unit) for point in points)


def counters(unit: str, *points: str) -> tuple[Need, ...]:
    """Return the need of what some counters counted."""
    return tuple(Need(point, unit, is_counter=True) for point in points)


def counted(inputs: KpiInputs, *names: str) -> float:
    """Return the sum of what counters counted; NaN if one of them sent nothing."""
    amounts = [inputs.counted(name) for name in names]
    return sum(float("nan") if amount is None else amount for amount in amounts)


def reduction(before: str, after: str) -> Formula:
    """Return the formula of what is lost between two points, in percent of the first."""
    return lambda inputs: formulas.reduction_percent(inputs.means(before), inputs.means(after))
