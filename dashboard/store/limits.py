"""Asks the database which limits applied to points, and when."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from dashboard.analysis.window import Window
from schemas.queries import queries
from schemas.unit_history import to_newest

_SQL = queries("dashboard_history")


@dataclass(frozen=True)
class LimitRow:
    """A limit of a point, in the point's newest unit; `verified` is false for an example.

    It applies from `start_ms` until before `end_ms`, milliseconds since 1970 UTC.
    """

    bound: str
    statistic: str
    value: float
    verified: bool
    start_ms: float = -math.inf
    end_ms: float = math.inf

    @property
    def is_in_force(self) -> bool:
        """Whether nothing has taken its place as far as the viewer knows."""
        return self.end_ms == math.inf


def limits(
    connection: psycopg.Connection[Any], point_ids: Sequence[int]
) -> dict[int, list[LimitRow]]:
    """Return the limits of all times, by `point_id`; points without a limit are absent.

    A limit is stored in the unit that the point had when the limit began; one of another quantity
    is left out.
    """
    found: dict[int, list[LimitRow]] = {}
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SQL["limits"], {"points": list(point_ids)}).fetchall()
    for point, written, shown, *rest in rows:
        step, _ = to_newest((written, shown))
        if step is not None:
            row = LimitRow(*rest)
            moved = replace(row, value=row.value * step.scale + step.offset)
            found.setdefault(point, []).append(moved)
    return found


def limits_within(
    limits_of: Mapping[int, Sequence[LimitRow]], window: Window
) -> dict[int, list[LimitRow]]:
    """Return the limits that applied at any time of a window, by `point_id`."""
    start_ms, end_ms = window.start.timestamp() * 1000.0, window.end.timestamp() * 1000.0
    return {
        point: [row for row in rows if row.start_ms < end_ms and row.end_ms > start_ms]
        for point, rows in limits_of.items()
    }
