"""Evaluates key figures: one question for the inputs of many, each over any part of its window.

Tiles, days, trials and the page of a key figure come from here, so that the same thing over the
same time is the same number everywhere.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import psycopg

from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.definition import Kpi, Need
from dashboard.analysis.kpi.inputs import KpiInputs, PointInput
from dashboard.analysis.meter import Event
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.track import Track
from dashboard.analysis.window import Resolution, Source, Window
from dashboard.store import history
from dashboard.store.counters import tracks
from dashboard.store.retention import stored_since
from schemas.units import Conversion, UnitError, conversion

FINE_MAX_S = 2 * 86_400.0  # up to this width a window is read in steps of ten minutes
FINE_EDGES_S = 2 * 3_600.0  # whole hours around it
FINE_STEP_S = 600.0
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
    """A site as a viewer sees it: its key, its zone, and its visible points by `line/point`."""

    key: str
    zone: ZoneInfo
    points: Mapping[str, KpiPoint]

    def has(self, kpi: Kpi) -> bool:
        """Return whether the site has all points of a key figure."""
        return all(need.point in self.points for need in kpi.needs)


@dataclass(frozen=True)
class Misfit:
    """An input whose unit (UCUM) is no unit of what the formula needs."""

    point: str
    unit: str
    needed: str


@dataclass(frozen=True)
class Happening:
    """An incident of a counter that the key figure uses."""

    point: str
    event: Event


@dataclass(frozen=True)
class KpiValue:
    """A key figure: `value` in `unit`, None where the inputs do not give it.

    `coverage` is the smallest coverage of any input, 0 to 1; None if all inputs are sent on change.
    `inputs` are the points it came from, as `line/point`; `misfit` says why there is no value if an
    input is in a wrong unit; `happenings` are what its counters did besides counting.
    """

    key: str
    value: float | None
    unit: str
    coverage: float | None
    window: Window
    inputs: tuple[str, ...]
    misfit: Misfit | None = None
    happenings: tuple[Happening, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """What key figures need, as read for a window in steps of `step_s` seconds."""

    points: Mapping[str, KpiPoint]
    buckets: Mapping[int, BucketSeries]
    tracks: Mapping[int, Track]
    step_s: float


def load(
    connection: psycopg.Connection,
    site: KpiSite,
    kpis: Sequence[Kpi],
    window: Window,
    now: datetime,
) -> Loaded:
    """Read what `kpis` need in `window`; points that the site does not have are left out."""
    needs = {need for kpi in kpis for need in kpi.needs if need.point in site.points}
    step_s = step_of(window)
    source = Source.HOUR if step_s == STEPS_S[0] else Source.FIVE_MINUTES
    step = stored_since(connection).remaining(Resolution(source, step_s), window)
    means = sorted({site.points[need.point].point_id for need in needs if not need.is_counter})
    counted = {need.point: site.points[need.point] for need in needs if need.is_counter}
    return Loaded(
        points=site.points,
        buckets=history.buckets(connection, means, window, step, site.zone) if means else {},
        tracks=tracks(connection, list(counted.values()), window, now),
        step_s=step.step_s,
    )


def step_of(window: Window) -> float:
    """Return the width in seconds of the steps in which a window is read."""
    if window.width_s <= FINE_MAX_S + FINE_EDGES_S:
        return FINE_STEP_S
    edges = [edge.timestamp() for edge in (window.start, window.end)]
    return next((step for step in STEPS_S if all(edge % step == 0 for edge in edges)), FINE_STEP_S)


def evaluate(kpi: Kpi, loaded: Loaded, window: Window) -> KpiValue:
    """Return a key figure over a part of the window that was loaded; its edges lie on steps."""
    points = {}
    for need in kpi.needs:
        point = loaded.points[need.point]
        try:
            way = conversion(point.unit, need.unit)
        except UnitError:
            misfit = Misfit(need.point, point.unit, need.unit)
            return KpiValue(kpi.key, None, kpi.unit, None, window, kpi.inputs, misfit=misfit)
        points[need.point] = _input(point, need, loaded, way)
    inputs = KpiInputs(
        points,
        start_ms=window.start.timestamp() * 1000.0,
        step_s=loaded.step_s,
        steps=round(window.width_s / loaded.step_s),
    )
    value = kpi.formula(inputs)
    shares = [inputs.coverage(name) for name in kpi.inputs]
    return KpiValue(
        key=kpi.key,
        value=None if value is None or not math.isfinite(value) else value,
        unit=kpi.unit,
        coverage=min((share for share in shares if share is not None), default=None),
        window=window,
        inputs=kpi.inputs,
        happenings=_happenings(inputs),
    )


def _input(point: KpiPoint, need: Need, loaded: Loaded, way: Conversion) -> PointInput:
    values = loaded.tracks if need.is_counter else loaded.buckets
    return PointInput(point.intervals, values[point.point_id], way)


def _happenings(inputs: KpiInputs) -> tuple[Happening, ...]:
    return tuple(
        Happening(name, event)
        for name, track in inputs.tracks.items()
        for event in track.happened(inputs.start_ms, inputs.end_ms)
    )
