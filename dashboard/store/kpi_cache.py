"""The key figures, computed once for all readers of a viewer and kept for a minute.

A key figure is not pushed: it changes slowly, and its window ends at a whole step so that everybody
sees the same number. Each carries its coverage, its window and the points it came from.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from dashboard.analysis.kpi.values import (
    FINE_MAX_S,
    FINE_STEP_S,
    STEPS_S,
    KpiSite,
    KpiValue,
    evaluate,
)
from dashboard.analysis.window import Window
from dashboard.store.cache import Cache
from dashboard.store.kpi_values import load

KEPT_S = 60.0
PAGES_KEPT_MAX = 256  # of all viewers

OpenTransaction = Callable[[str], AbstractContextManager[psycopg.Connection[Any]]]


class KpiCache:
    """Computes and keeps the key figures of each viewer; safe to ask from several threads.

    Args:
        open_transaction: Gives a connection bound to a viewer, for one transaction.
    """

    def __init__(self, open_transaction: OpenTransaction) -> None:
        self._open = open_transaction
        self._kept: Cache[Mapping[str, KpiValue]] = Cache(KEPT_S, PAGES_KEPT_MAX)

    def values(self, viewer: str, site: KpiSite, now: datetime) -> Mapping[str, KpiValue]:
        """Return the key figures of the site by key, at most KEPT_S old.

        Raises psycopg.Error if the database is away.
        """

        def compute() -> Mapping[str, KpiValue]:
            with self._open(viewer) as connection:
                return computed(connection, site, now)

        asked = tuple(kpi.key for kpi in site.kpis)
        return self._kept.get((viewer, site.key, asked), now, compute)

    def over(
        self, viewer: str, site: KpiSite, window: Window, now: datetime
    ) -> Mapping[str, KpiValue]:
        """Return the key figures of the site over a window by key, at most KEPT_S old.

        The window is taken as it is: such as whole days of the site. Raises psycopg.Error.
        """

        def compute() -> Mapping[str, KpiValue]:
            with self._open(viewer) as connection:
                loaded = load(connection, site, site.kpis, window, now)
            return {kpi.key: evaluate(kpi, loaded, window) for kpi in site.kpis}

        asked = tuple(kpi.key for kpi in site.kpis)
        return self._kept.get((viewer, site.key, asked, window.start, window.end), now, compute)

    def forget(self) -> None:
        """Ask anew the next time: somebody's rights may have changed. Waits for nothing."""
        self._kept.forget()


def computed(
    connection: psycopg.Connection[Any], site: KpiSite, now: datetime
) -> dict[str, KpiValue]:
    """Compute all key figures of the site over their own windows, by key."""
    answer: dict[str, KpiValue] = {}
    for days in sorted({kpi.days for kpi in site.kpis}):
        asked = [kpi for kpi in site.kpis if kpi.days == days]
        window = _last_days(now, days)
        loaded = load(connection, site, asked, window, now)
        answer |= {kpi.key: evaluate(kpi, loaded, window) for kpi in asked}
    return {kpi.key: answer[kpi.key] for kpi in site.kpis}


def computed_over(
    connection: psycopg.Connection[Any],
    site: KpiSite,
    window: Window,
    now: datetime,
    *,
    not_before: datetime | None = None,
) -> dict[str, KpiValue]:
    """Compute all key figures of the site over one window, by key.

    The edges of the window are moved back to whole steps, its start never to before `not_before`.
    """
    whole = whole_steps(window, not_before)
    loaded = load(connection, site, site.kpis, whole, now)
    return {kpi.key: evaluate(kpi, loaded, whole) for kpi in site.kpis}


def whole_steps(
    window: Window, not_before: datetime | None = None, *, step_max_s: float = STEPS_S[0]
) -> Window:
    """Return the window with its edges moved back to whole steps, at least one of them wide."""
    widest_s = FINE_STEP_S if window.width_s <= FINE_MAX_S else STEPS_S[0]
    step = timedelta(seconds=min(widest_s, step_max_s))
    start, end = (_floor(edge, step.total_seconds()) for edge in (window.start, window.end))
    if not_before is not None and start < not_before:
        start += step
    return Window(start, max(end, start + step))


def _last_days(now: datetime, days: int) -> Window:
    """Return the last whole days that end at a whole step."""
    return whole_steps(Window(now - timedelta(days=days), now))


def _floor(moment: datetime, step_s: float) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // step_s * step_s, UTC)
