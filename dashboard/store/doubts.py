"""Asks why readings of a window are suspect or bad, where a chart shows that some are."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from dashboard.analysis.doubts import Doubt
from dashboard.analysis.series import RawSeries, Series
from dashboard.analysis.window import Window
from dashboard.store.neighbours import fetch
from schemas.quality import DOUBTING, FAILING, Qc
from schemas.queries import queries

LOOKED_AT_MAX = timedelta(days=8)  # of a point whose readings are shown in buckets
STRETCHES_MAX = 400  # of all points together
JOINED_SHARE = 1 / 400  # of the window: what lies nearer to each other is one stretch

_SQL = queries("dashboard_history")


def doubts(
    connection: psycopg.Connection[Any], found: Mapping[int, Series], window: Window
) -> dict[int, tuple[Doubt, ...]]:
    """Return why readings are doubtful, by `point_id`; `found` is what is shown of each point in
    the window; of readings beside it, where a line enters and leaves, nothing is told.

    Of a long time of buckets, most of which have doubtful readings, the reasons are not looked for.
    """
    spans = {
        point: span
        for point, series in found.items()
        if (span := _span(series, window)) is not None
    }
    if not spans:
        return {}
    start, end = min(first for first, _ in spans.values()), max(last for _, last in spans.values())
    asked = {
        "points": list(spans),
        "starts": [first for first, _ in spans.values()],
        "ends": [last for _, last in spans.values()],
        "start": start,
        "end": end,
        "joined": (end - start) * JOINED_SHARE,
        "stretches_max": STRETCHES_MAX,
        "reasons": int(DOUBTING | FAILING),
    }
    stretches: dict[int, tuple[Doubt, ...]] = {}
    for point, *facts in fetch(connection, _SQL["doubts"], asked):
        stretches[point] = (*stretches.get(point, ()), Doubt(*facts))
    return stretches


def _span(series: Series, window: Window) -> tuple[datetime, datetime] | None:
    """Return from when to when something is doubtful; None: nothing is, or for too long."""
    if isinstance(series, RawSeries):
        doubtful = series.x_ms[(series.qc == Qc.SUSPECT) | (series.qc == Qc.FAIL)]
        first_ms, end_ms = (at.timestamp() * 1000.0 for at in (window.start, window.end))
        doubtful = doubtful[(doubtful >= first_ms) & (doubtful < end_ms)]
        step_ms = 1.0
    else:
        doubtful = series.x_ms[series.n_good < series.n]
        step_ms = series.resolution.step_s * 1000.0
    if not doubtful.size:
        return None
    first, last = (
        datetime.fromtimestamp(ms / 1000.0, UTC) for ms in (doubtful[0], doubtful[-1] + step_ms)
    )
    return None if last - first > LOOKED_AT_MAX else (first, last)
