"""The key figures, computed once for all readers of a viewer and kept for a minute.

A key figure is not pushed: it changes slowly, and its window ends at a whole step so that everybody
sees the same number. Each carries its coverage, its window and the points it came from.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import psycopg

from dashboard import history
from dashboard.domain.intervals import Intervals
from dashboard.domain.kpi_inputs import KpiInputs, PointBuckets
from dashboard.domain.series import BucketSeries
from dashboard.domain.window import Resolution, Source, Window
from dashboard.kept import Kept
from dashboard.kpi_catalogue import CATALOGUE, COUNTERS
from dashboard.kpi_definition import Kpi

KEPT_S = 60.0
VIEWERS_KEPT_MAX = 64

# Each window is read in steps that are fine enough for loads and coarse enough for a glance.
_STEPS = {1: Resolution(Source.FIVE_MINUTES, 600.0), 7: Resolution(Source.HOUR, 3_600.0)}

OpenTransaction = Callable[[str], AbstractContextManager[psycopg.Connection[Any]]]


class KpiPoint(Protocol):
    """What must be known of a point that a key figure uses."""

    @property
    def point_id(self) -> int: ...  # noqa: D102
    @property
    def intervals(self) -> Intervals: ...  # noqa: D102
    @property
    def range_hi(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True)
class KpiSite:
    """A site as a viewer sees it: its key, its zone, and its visible points by `line/point`."""

    key: str
    zone: ZoneInfo
    points: Mapping[str, KpiPoint]


@dataclass(frozen=True)
class KpiValue:
    """A key figure: `value` in `unit`, None where the inputs do not give it.

    `coverage` is the smallest coverage of any input, 0 to 1; None if all inputs are sent on change.
    `inputs` are the points it came from, as `line/point`.
    """

    key: str
    value: float | None
    unit: str
    coverage: float | None
    window: Window
    inputs: tuple[str, ...]


class KpiBoard:
    """Computes and keeps the key figures of each viewer; safe to ask from several threads.

    Args:
        open_transaction: Gives a connection bound to a viewer, for one transaction.
    """

    def __init__(self, open_transaction: OpenTransaction) -> None:
        self._open = open_transaction
        self._kept: Kept[Mapping[str, KpiValue]] = Kept(KEPT_S, VIEWERS_KEPT_MAX)

    def values(self, viewer: str, site: KpiSite, now: datetime) -> Mapping[str, KpiValue]:
        """Return the key figures by key, at most KEPT_S old.

        A key figure whose points are not all visible is absent. Raises psycopg.Error if the
        database is away.
        """

        def compute() -> Mapping[str, KpiValue]:
            with self._open(viewer) as connection:
                return computed(connection, site, now)

        return self._kept.get((viewer, site.key), now, compute)

    def forget(self) -> None:
        """Ask anew the next time: somebody's rights may have changed. Waits for nothing."""
        self._kept.forget()


def computed(
    connection: psycopg.Connection[Any], site: KpiSite, now: datetime
) -> dict[str, KpiValue]:
    """Compute all key figures whose points the site has, by key."""
    answer: dict[str, KpiValue] = {}
    for days, step in _STEPS.items():
        wanted = [
            kpi
            for kpi in CATALOGUE
            if kpi.days == days and all(name in site.points for name in kpi.inputs)
        ]
        window = _window(now, days, step.step_s)
        names = sorted({name for kpi in wanted for name in kpi.inputs})
        ids = [site.points[name].point_id for name in names]
        found = history.buckets(connection, ids, window, step, site.zone)
        inputs = _inputs({name: site.points[name] for name in names}, found, window, step)
        for kpi in wanted:
            answer[kpi.key] = _value(kpi, inputs, window)
    return {kpi.key: answer[kpi.key] for kpi in CATALOGUE if kpi.key in answer}


def _window(now: datetime, days: int, step_s: float) -> Window:
    """Return the last whole days that end at a whole step."""
    end = datetime.fromtimestamp(now.timestamp() // step_s * step_s, UTC)
    return Window(end - timedelta(days=days), end)


def _inputs(
    points: Mapping[str, KpiPoint],
    found: Mapping[int, BucketSeries],
    window: Window,
    step: Resolution,
) -> KpiInputs:
    return KpiInputs(
        points={
            name: PointBuckets(
                intervals=point.intervals,
                counter_end=point.range_hi if name in COUNTERS else None,
                buckets=found[point.point_id],
            )
            for name, point in points.items()
        },
        start_ms=window.start.timestamp() * 1000.0,
        step_s=step.step_s,
        steps=round(window.width_s / step.step_s),
    )


def _value(kpi: Kpi, inputs: KpiInputs, window: Window) -> KpiValue:
    value = kpi.formula(inputs)
    shares = [inputs.coverage(name, counter=name in COUNTERS) for name in kpi.inputs]
    return KpiValue(
        key=kpi.key,
        value=None if value is None or math.isnan(value) else value,
        unit=kpi.unit,
        coverage=min((share for share in shares if share is not None), default=None),
        window=window,
        inputs=kpi.inputs,
    )
