"""What a key figure is: a formula over the last days of some points."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.domain import kpi
from dashboard.domain.kpi_inputs import KpiInputs

Formula = Callable[[KpiInputs], float | None]


@dataclass(frozen=True)
class Kpi:
    """One key figure: `formula` gets inputs over the last `days` days and may have no answer."""

    key: str
    unit: str
    days: int
    inputs: tuple[str, ...]
    formula: Formula


def counted(inputs: KpiInputs, *names: str) -> float:
    """Return the sum of what counters counted; NaN if one of them sent nothing."""
    counts = [inputs.counted(name) for name in names]
    return sum(count.total if count is not None else float("nan") for count in counts)


def reduction(before: str, after: str) -> Formula:
    """Return the formula of what is lost between two points, in percent of the first."""
    return lambda inputs: kpi.reduction_percent(inputs.means(before), inputs.means(after))
