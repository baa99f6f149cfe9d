"""Asks the database for what charts and key figures show. Knows rows and arrays, no figures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg

from dashboard.analysis.definitions import UNCHANGED, Definition, Definitions
from dashboard.analysis.series import BucketSeries, RawSeries, Series, joined
from dashboard.analysis.window import Resolution, Source, Window, resolution
from dashboard.store.neighbours import HistoryPoint, fetch, neighbours
from dashboard.store.retention import stored_since
from schemas.local_time import day_start
from schemas.queries import queries

READINGS_MAX = 40_000  # in one answer; of what comes denser than declared, buckets are shown

_SQL = queries("dashboard_history")
_BUCKETS = {
    Source.RAW: _SQL["binned_readings"],
    Source.FIVE_MINUTES: _SQL["merged_buckets"].format(rollup="rollup_5m"),
    Source.HOUR: _SQL["merged_buckets"].format(rollup="rollup_1h"),
    Source.DAY: _SQL["day_buckets"],
}


def series(
    connection: psycopg.Connection[Any],
    points: Sequence[HistoryPoint],
    window: Window,
    zone: ZoneInfo,
    width_px: float,
) -> dict[int, Series]:
    """Return the series of each point in the resolution that fits it, by `point_id`.

    Where what fits was dropped it is the finest that is left over all of the window. All values are
    as the newest definition of their point has them, whatever its unit was. Points that are
    invisible to the viewer, or have nothing in the window, have empty series.
    """
    chosen = _fitting(points, window, width_px, stored_since(connection).lost(window))
    raw_points = [point for point in points if chosen[point.point_id].is_raw]
    answer: dict[int, Series] = {}
    if raw_points:
        raw = _readings(connection, raw_points, window)
        if raw is None:
            for point in raw_points:
                chosen[point.point_id] = resolution(window.width_s, float("inf"), width_px)
        else:
            answer |= raw
    for one in {step for step in chosen.values() if not step.is_raw}:
        ids = [point for point, step in chosen.items() if step == one]
        answer |= buckets(connection, ids, window, one, zone)
    return answer


def coarsened_before(
    connection: psycopg.Connection[Any],
    points: Sequence[HistoryPoint],
    window: Window,
    width_px: float,
) -> datetime | None:
    """Return before when readings were dropped if `series` is coarser for it, else None."""
    since = stored_since(connection)
    lost = since.lost(window)
    if lost and _fitting(points, window, width_px, lost) != _fitting(points, window, width_px):
        return since.of(Source.RAW)
    return None


def _fitting(
    points: Sequence[HistoryPoint],
    window: Window,
    width_px: float,
    lost: frozenset[Source] = frozenset(),
) -> dict[int, Resolution]:
    """Return the resolution of each point, by `point_id`."""
    start_ms, end_ms = (moment.timestamp() * 1000.0 for moment in (window.start, window.end))
    return {
        point.point_id: resolution(
            window.width_s, point.intervals.readings(start_ms, end_ms), width_px, len(points), lost
        )
        for point in points
    }


def buckets(
    connection: psycopg.Connection[Any],
    point_ids: Sequence[int],
    window: Window,
    step: Resolution,
    zone: ZoneInfo,
) -> dict[int, BucketSeries]:
    """Return the buckets of `step` that touch `window`, by `point_id`; empty where there are none.

    Days begin at local midnight in `zone`; other steps are cut at multiples since 2000 UTC. All
    values are as the newest definition of their point has them.
    """
    if step.source is Source.DAY:
        start = day_start(window.start, zone)
    else:
        start = _floor(window.start, step.step_s)
    known = definitions(connection, point_ids)
    answer: dict[int, BucketSeries] = {}
    for edges, ids in _by_edges(point_ids, known, start, window.end).items():
        for since, until in pairwise(edges):
            part = _buckets(connection, ids, Window(since, until), step)
            for point, series in part.items():
                since_ms = since.timestamp() * 1000.0
                shown = known.get(point, UNCHANGED).shown_buckets(series, since_ms)
                answer[point] = joined(answer[point], shown) if point in answer else shown
    return answer


def definitions(
    connection: psycopg.Connection[Any], point_ids: Sequence[int]
) -> dict[int, Definitions]:
    """Return what the values of points meant when, by `point_id`; invisible points are absent."""
    found: dict[int, list[Definition]] = {}
    for point, *rest in fetch(connection, _SQL["definitions"], {"points": list(point_ids)}):
        found.setdefault(point, []).append(Definition(*rest))
    return {point: Definitions(tuple(dated)) for point, dated in found.items()}


def _by_edges(
    point_ids: Sequence[int], known: Mapping[int, Definitions], start: datetime, end: datetime
) -> dict[tuple[datetime, ...], list[int]]:
    """Return the points by the moments between which nothing changes for them.

    Rollups are merged only within such a stretch: across a change they are in two units.
    """
    start_ms, end_ms = start.timestamp() * 1000.0, end.timestamp() * 1000.0
    groups: dict[tuple[datetime, ...], list[int]] = {}
    for point in point_ids:
        moments = known.get(point, UNCHANGED).edges(start_ms, end_ms)
        inner = [datetime.fromtimestamp(at / 1000.0, UTC) for at in moments]
        groups.setdefault((start, *inner, end), []).append(point)
    return groups


def _buckets(
    connection: psycopg.Connection[Any], point_ids: Sequence[int], window: Window, step: Resolution
) -> dict[int, BucketSeries]:
    """Return the buckets that begin in `window`, as they are stored."""
    rows = fetch(
        connection,
        _BUCKETS[step.source],
        {
            "points": list(point_ids),
            "start": window.start,
            "end": window.end,
            "step_s": step.step_s,
        },
    )
    found = {row[0]: _bucket_series(step, row) for row in rows}
    return {point: found.get(point) or _bucket_series(step, None) for point in point_ids}


def _readings(
    connection: psycopg.Connection[Any], points: Sequence[HistoryPoint], window: Window
) -> dict[int, Series] | None:
    """Return all readings in the window with their neighbours; None if there are too many."""
    bounds = {"start": window.start, "end": window.end}
    ids = [point.point_id for point in points]
    asked = {"points": ids, "readings_max": READINGS_MAX, **bounds}
    found = {row[0]: row[1:] for row in fetch(connection, _SQL["readings"], asked)}
    if sum(len(columns[0]) for columns in found.values()) >= READINGS_MAX:
        return None
    before, after = neighbours(connection, points, window)
    known = definitions(connection, ids)
    return {
        point: known.get(point, UNCHANGED).shown_readings(
            _raw_series(before.get(point), found.get(point), after.get(point))
        )
        for point in ids
    }


def _raw_series(
    before: Sequence[Any] | None, inside: Sequence[Any] | None, after: Sequence[Any] | None
) -> RawSeries:
    def column(number: int) -> list[Any]:
        first = [] if before is None else [before[number]]
        last = [] if after is None else [after[number]]
        return [*first, *(inside[number] if inside is not None else ()), *last]

    return RawSeries(
        x_ms=np.array(column(0), dtype=np.float64),
        value=np.array(column(1), dtype=np.float64),
        qc=np.array(column(2), dtype=np.int64),
    )


def _bucket_series(step: Resolution, row: Sequence[Any] | None) -> BucketSeries:
    columns: Sequence[Any] = row[1:] if row is not None else [[] for _ in range(10)]
    x_ms, n, n_used, n_good, total, total_good, low, high, first, last = columns
    used, good = np.array(n_used, dtype=np.int64), np.array(n_good, dtype=np.int64)
    return BucketSeries(
        resolution=step,
        x_ms=np.array(x_ms, dtype=np.float64),
        n=np.array(n, dtype=np.int64),
        n_used=used,
        n_good=good,
        mean=_quotient(total, used),
        mean_good=_quotient(total_good, good),
        low=np.array(low, dtype=np.float64),
        high=np.array(high, dtype=np.float64),
        first=np.array(first, dtype=np.float64),
        last=np.array(last, dtype=np.float64),
    )


def _quotient(total: Sequence[float], count: np.ndarray[Any, np.dtype[np.int64]]) -> Any:
    sums = np.array(total, dtype=np.float64)
    return np.divide(sums, count, out=np.full(sums.shape, np.nan), where=count > 0)


def _floor(moment: datetime, step_s: float) -> datetime:
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    return origin + timedelta(seconds=(moment - origin).total_seconds() // step_s * step_s)
