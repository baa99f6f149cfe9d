"""Asks who had stored readings judged anew, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from schemas.queries import queries

RECHECKS_MAX_ROWS = 10

_SQL = queries("data_health")


@dataclass(frozen=True)
class Recheck:
    """Readings that somebody had judged anew; `share` of the points, 0 to 1, are done.

    What a state asked for (`is_of_state`) has the place that its windows are of.
    """

    asked_at: datetime
    asked_by: str
    reason: str
    points: int
    share: float
    looked_at: int
    changed: int
    is_done: bool
    is_of_state: bool = False
    point_id: int | None = None
    instrument: str | None = None
    element: str | None = None


def rechecks(connection: psycopg.Connection[Any], site: str) -> Sequence[Recheck]:
    """Return the newest rechecks of a site, as far as the viewer sees it; newest first."""
    asked = {"site": site, "limit_rows": RECHECKS_MAX_ROWS}
    return [Recheck(*row) for row in connection.execute(_SQL["list_rechecks"], asked)]
