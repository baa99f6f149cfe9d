"""The plant as a viewer sees it: the site and its visible points, with their limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from dashboard.analysis.definitions import UNCHANGED, Definitions
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.definition import Kpi, kpis_of
from dashboard.store.cache import Cache
from dashboard.store.database import Database
from dashboard.store.history import definitions
from dashboard.store.key_figures import own_key_figures
from dashboard.store.limits import LimitRow, limits
from dashboard.store.plant_model import PlantModel, plant_model, site_roles
from dashboard.store.sites import SiteName, read_sites
from schemas.catalogue import Names
from schemas.catalogue.key_figures import KeyFigure
from schemas.catalogue.pages import PageData
from schemas.catalogue.site_figures import MissingFigure, SiteFigure, site_figures
from schemas.formula.site_roles import SiteRoles
from schemas.queries import queries

KEPT_S = 15.0  # a change of the site file reaches the screens within this
VIEWERS_KEPT_MAX = 64
PLANTS_KEPT_MAX = 128  # of all viewers

NO_ROLES = SiteRoles({}, {})
NO_MODEL = PlantModel({}, {})

_SQL = queries("dashboard")


@dataclass(frozen=True)
class SitePoint:
    """One point as `visible.point` describes it today, and what it was before.

    `role_numbers` holds each `kind.role` that it is one of, with its number among all of those.
    """

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
    role_numbers: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None  # of the site file, in the words of its writer

    @property
    def states(self) -> Mapping[float, Names] | None:
        """The names of the values of a state; None if it is none."""
        return self.definitions.states

    @property
    def path(self) -> str:
        """The name of the point within its site: `line/key`."""
        return f"{self.line}/{self.key}"


@dataclass(frozen=True, eq=False)
class Plant:
    """A site with the points that a viewer may see, by `line/key`.

    `points` are those that the site has now, `retired` those that it had. `limits` are those of all
    times, by `point_id`. `model` says what the plant consists of, `roles` what the points mean;
    `own_figures` are key figures that the site file adds to those of the catalogue; `kpis` are
    those of both that come of it, `missing` the others.
    """

    key: str
    name: Names
    zone: ZoneInfo
    points: Mapping[str, SitePoint]
    limits: Mapping[int, list[LimitRow]]
    retired: Mapping[str, SitePoint]
    roles: SiteRoles = NO_ROLES
    model: PlantModel = NO_MODEL
    own_figures: Sequence[KeyFigure] = ()

    @cached_property
    def item_names(self) -> Mapping[str, Names]:
        """How assets and streams are called, by key."""
        return {key: element.name for key, element in self.model.elements.items()}

    @cached_property
    def kpis(self) -> tuple[Kpi, ...]:
        """The key figures that the site has."""
        return kpis_of(self._figures, self.item_names)

    def kpis_of(self, keys: Sequence[str]) -> list[Kpi]:
        """Return the key figures whose figure has one of `keys`, in their order."""
        return [kpi for key in keys for kpi in self.kpis if kpi.figure and kpi.figure.key == key]

    def figures_on(self, page: PageData) -> list[str]:
        """Return the keys of the figures of a page: of the catalogue, and of the site."""
        own = [figure.key for figure in self.own_figures if figure.page == page.key]
        return [*page.key_figures, *own]

    @cached_property
    def missing(self) -> tuple[MissingFigure, ...]:
        """The key figures that the site does not have, with what they need."""
        return tuple(found for found in self._figures if isinstance(found, MissingFigure))

    @cached_property
    def _figures(self) -> tuple[SiteFigure | MissingFigure, ...]:
        return tuple(site_figures(self.roles, self.own_figures))

    @property
    def all_points(self) -> dict[str, SitePoint]:
        """The points of all times."""
        return {**self.points, **self.retired}

    def limits_in_force(self, point: SitePoint) -> list[LimitRow]:
        """Return the limits of a point that apply now, as far as the viewer sees."""
        return [row for row in self.limits.get(point.point_id, ()) if row.is_in_force]


NOTHING = Plant("", {}, ZoneInfo("UTC"), {}, {}, {})


class Plants:
    """Reads and keeps the plants of each viewer; safe to ask from several threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._kept: Cache[Plant] = Cache(KEPT_S, PLANTS_KEPT_MAX)
        self._sites: Cache[Sequence[SiteName]] = Cache(KEPT_S, VIEWERS_KEPT_MAX)

    def of(self, viewer: str, site: str, now: datetime) -> Plant:
        """Return the plant of a site, or of the first one if `site` is empty, at most KEPT_S old.

        NOTHING if the viewer sees nothing of it. Raises psycopg.Error if the database is away.
        """
        key = self.key_of(viewer, site, now)
        if key is None:
            return NOTHING

        def read() -> Plant:
            with self.database.open(viewer) as connection:
                return read_plant(connection, now, key)

        return self._kept.get((viewer, key), now, read)

    def key_of(self, viewer: str, site: str, now: datetime) -> str | None:
        """Return the key of a site, or of the first one; None if the viewer sees nothing of it.

        Raises psycopg.Error if the database is away.
        """
        keys = [each.key for each in self.sites(viewer, now)]
        key = site or next(iter(keys), "")
        return key if key in keys else None

    def sites(self, viewer: str, now: datetime) -> Sequence[SiteName]:
        """Return the sites of which the viewer sees anything, at most KEPT_S old, by key.

        Raises psycopg.Error if the database is away.
        """

        def read() -> Sequence[SiteName]:
            with self.database.open(viewer) as connection:
                return read_sites(connection)

        return self._sites.get(viewer, now, read)

    def forget(self) -> None:
        """Ask anew the next time: somebody's rights may have changed. Waits for nothing."""
        self._kept.forget()
        self._sites.forget()


def read_plant(connection: psycopg.Connection[Any], now: datetime, site: str) -> Plant:
    """Read what the transaction's viewer may see of a site as it is at `now`, or NOTHING."""
    named = next((each for each in read_sites(connection) if each.key == site), None)
    if named is None:
        return NOTHING
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["points"], {"site": site}).fetchall()
    keys = [row["point_id"] for row in rows]
    dated, intervals = definitions(connection, keys), _intervals(connection, keys)
    own = [
        SitePoint(
            **row,
            intervals=intervals[row["point_id"]],
            definitions=dated.get(row["point_id"], UNCHANGED),
        )
        for row in rows
    ]
    model = plant_model(connection, site, now)
    roles = site_roles(model, {point.path: point for point in own if point.retired_at is None})
    numbers = roles.numbers()
    own = [replace(point, role_numbers=numbers.get(point.path, {})) for point in own]
    figures = own_key_figures(connection, site, now, {point.path: point for point in own})
    return Plant(
        named.key,
        named.name,
        ZoneInfo(named.time_zone),
        {point.path: point for point in own if point.retired_at is None},
        limits(connection, [point.point_id for point in own]),
        {point.path: point for point in own if point.retired_at is not None},
        roles,
        model,
        figures,
    )


def _intervals(connection: psycopg.Connection[Any], points: list[int]) -> dict[int, Intervals]:
    """Return how often the points are expected to have a value, at all times."""
    rows = connection.execute(_SQL["point_intervals"], {"points": points}).fetchall()
    return {point: Intervals.of(starts_ms, lengths_s) for point, starts_ms, lengths_s in rows}
