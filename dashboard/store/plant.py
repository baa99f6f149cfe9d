"""The plant as a viewer sees it: the site and its visible points, with their limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from dashboard.analysis.definitions import UNCHANGED, Definitions
from dashboard.analysis.intervals import Intervals
from dashboard.store.cache import Kept
from dashboard.store.database import Database
from dashboard.store.history import definitions
from dashboard.store.limits import LimitRow, limits
from schemas.queries import queries

KEPT_S = 15.0  # a change of the site file reaches the screens within this
VIEWERS_KEPT_MAX = 64

Names = Mapping[str, str]

_SQL = queries("dashboard")


@dataclass(frozen=True)
class SitePoint:
    """One point as `visible.point` describes it today, and what it was before."""

    point_id: int
    site: str
    site_name: Names
    time_zone: str
    line: str
    line_kind: str
    line_name: Names
    key: str
    tag: str
    area: str
    name: Names
    kind: str
    unit: str
    unit_display: str
    species: str | None
    expected_interval_s: float | None
    intervals: Intervals
    range_lo: float | None
    range_hi: float | None
    typical_lo: float | None
    typical_hi: float | None
    verified: bool
    provenance: str | None
    retired_at: datetime | None
    definitions: Definitions

    @property
    def states(self) -> Mapping[float, Names] | None:
        """The names of the values of a state; None if it is none."""
        return self.definitions.states

    @property
    def path(self) -> str:
        """The name of the point within its site: `line/key`."""
        return f"{self.line}/{self.key}"


@dataclass(frozen=True)
class Plant:
    """A site with the points that a viewer may see, by `line/key`; no points, no site.

    `points` are those that the site has now, `retired` those that it had. `limits` are those of all
    times, by `point_id`.
    """

    key: str
    name: Names
    zone: ZoneInfo
    points: Mapping[str, SitePoint]
    limits: Mapping[int, list[LimitRow]]
    retired: Mapping[str, SitePoint]

    @property
    def all_points(self) -> dict[str, SitePoint]:
        """The points of all times."""
        return {**self.points, **self.retired}

    def limits_in_force(self, point: SitePoint) -> list[LimitRow]:
        """Return the limits of a point that apply now, as far as the viewer sees."""
        return [row for row in self.limits.get(point.point_id, ()) if row.is_in_force]


NOTHING = Plant("", {}, ZoneInfo("UTC"), {}, {}, {})


class Plants:
    """Reads and keeps the plant of each viewer; safe to ask from several threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._kept: Kept[Plant] = Kept(KEPT_S, VIEWERS_KEPT_MAX)

    def of(self, viewer: str, now: datetime) -> Plant:
        """Return the plant, at most KEPT_S old. Raises psycopg.Error if the database is away."""

        def read() -> Plant:
            with self.database.open(viewer) as connection:
                return read_plant(connection)

        return self._kept.get(viewer, now, read)

    def forget(self) -> None:
        """Ask anew the next time: somebody's rights may have changed. Waits for nothing."""
        self._kept.forget()


def read_plant(connection: psycopg.Connection[Any]) -> Plant:
    """Read the first site of which the transaction's viewer may see a point."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["points"].encode()).fetchall()
    dated = definitions(connection, [row["point_id"] for row in rows])
    found = [_site_point(**row, definitions=dated.get(row["point_id"], UNCHANGED)) for row in rows]
    if not found:
        return NOTHING
    own = [point for point in found if point.site == found[0].site]
    return Plant(
        found[0].site,
        found[0].site_name,
        ZoneInfo(found[0].time_zone),
        {point.path: point for point in own if point.retired_at is None},
        limits(connection, [point.point_id for point in own]),
        {point.path: point for point in own if point.retired_at is not None},
    )


def _site_point(
    *, interval_starts_ms: list[float], interval_lengths_s: list[float | None], **columns: Any
) -> SitePoint:
    """Return a point from a row of the query `points`."""
    return SitePoint(intervals=Intervals.of(interval_starts_ms, interval_lengths_s), **columns)
