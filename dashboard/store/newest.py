"""Asks for the newest reading of a window in coarse buckets, which know only their begin."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg

from dashboard.analysis.definitions import UNCHANGED
from dashboard.analysis.series import BucketSeries, RawSeries, Series
from dashboard.analysis.window import Window
from dashboard.store.history import definitions
from schemas.quality import Qc
from schemas.queries import queries

_SQL = queries("dashboard_newest")


def newest(
    connection: psycopg.Connection[Any], found: Mapping[int, Series], window: Window
) -> dict[int, RawSeries]:
    """Return the newest reading in `window` of each point that is shown in buckets, by `point_id`.

    Its value is as the newest definition of its point has it. Points of which no such reading is
    left are absent.
    """
    coarse = {point: one for point, one in found.items() if isinstance(one, BucketSeries)}
    known = definitions(connection, list(coarse)) if coarse else {}
    answer = {}
    for point, series in coarse.items():
        rows = connection.execute(
            _SQL["newest"],
            {
                "point": point,
                "start": max(_last_begins(series, window), window.start),
                "end": window.end,
                "fail": int(Qc.FAIL),
            },
            binary=True,
        ).fetchall()
        if rows:
            x_ms, value, qc = (np.array(column) for column in zip(*rows, strict=True))
            stored = RawSeries(x_ms.astype(float), value.astype(float), qc.astype(int))
            answer[point] = known.get(point, UNCHANGED).shown_readings(stored)
    return answer


def _last_begins(series: BucketSeries, window: Window) -> datetime:
    """Return when the last two buckets begin that hold a value: the last may go beyond the window.

    Without any it is the end of the window.
    """
    used = series.x_ms[series.n_used > 0][-2:]
    return datetime.fromtimestamp(used[0] / 1000.0, UTC) if used.size else window.end
