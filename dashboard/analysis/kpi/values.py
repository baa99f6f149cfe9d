"""The value of a key figure over any part of the window that was read.

Tiles, days, trials and the page of a key figure come from here, so that the same thing over the
same time is the same number everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from dashboard.analysis.formula.inputs import FormulaInputs, PointInput
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.definition import Kpi
from dashboard.analysis.meter import Event
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.track import Track
from dashboard.analysis.window import Window
from schemas.formula import evaluation
from schemas.formula.binding import Input
from schemas.formula.dimension import to_base

FINE_MAX_S = 2 * 86_400.0  # up to this width a window is read in steps of ten minutes
FINE_EDGES_S = 2 * 3_600.0  # whole hours around it
FINE_STEP_S = 600.0
FINE_STEPS_S = (FINE_STEP_S, 300.0)  # where hours begin at a quarter: Nepal, the Chathams
STEPS_S = (3_600.0, 1_800.0, 900.0)  # the widest that fits the edges of the window is taken


class KpiPoint(Protocol):
    """What must be known of a point that a key figure uses."""

    @property
    def point_id(self) -> int: ...  # noqa: D102
    @property
    def intervals(self) -> Intervals: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class KpiSite:
    """A site as a viewer sees it: its zone, its visible points by `line/point`, its key figures."""

    key: str
    zone: ZoneInfo
    points: Mapping[str, KpiPoint]
    kpis: Sequence[Kpi] = ()


@dataclass(frozen=True)
class CounterIncident:
    """An incident of a counter that the key figure uses."""

    point: str
    event: Event


@dataclass(frozen=True)
class KpiValue:
    """A key figure over a window; `value` is None where the inputs do not give it.

    `coverage` is the smallest coverage of any input, 0 to 1; None if all inputs are sent on change.
    `incidents` are what its counters did besides counting.
    """

    kpi: Kpi
    value: float | None
    coverage: float | None
    window: Window
    incidents: tuple[CounterIncident, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """What key figures need, as read for a window in steps of `step_s` seconds."""

    points: Mapping[str, KpiPoint]
    buckets: Mapping[int, BucketSeries]
    tracks: Mapping[int, Track]
    step_s: float
    zone: ZoneInfo


def step_of(window: Window) -> float:
    """Return the width in seconds of the steps in which a window is read."""
    is_narrow = window.width_s <= FINE_MAX_S + FINE_EDGES_S
    edges = [edge.timestamp() for edge in (window.start, window.end)]
    steps = FINE_STEPS_S if is_narrow else STEPS_S
    return next((step for step in steps if all(edge % step == 0 for edge in edges)), FINE_STEP_S)


def evaluate(kpi: Kpi, loaded: Loaded, window: Window) -> KpiValue:
    """Return a key figure over a part of the window that was loaded; its edges lie on steps."""
    inputs = FormulaInputs(
        {each: _input(loaded.points[each.path], each, loaded) for each in kpi.formula.inputs},
        start_ms=window.start.timestamp() * 1000.0,
        step_s=loaded.step_s,
        steps=round(window.width_s / loaded.step_s),
        zone=loaded.zone,
    )
    return KpiValue(
        kpi=kpi,
        value=evaluation.evaluate(kpi.formula, inputs),
        coverage=inputs.coverage(),
        window=window,
        incidents=_incidents(inputs),
    )


def _input(point: KpiPoint, needed: Input, loaded: Loaded) -> PointInput:
    values = loaded.tracks if needed.is_counted else loaded.buckets
    return PointInput(point.intervals, values[point.point_id], to_base(point.unit))


def _incidents(inputs: FormulaInputs) -> tuple[CounterIncident, ...]:
    return tuple(
        CounterIncident(point.path, event)
        for point, track in inputs.tracks.items()
        for event in track.happened(inputs.start_ms, inputs.end_ms)
    )
