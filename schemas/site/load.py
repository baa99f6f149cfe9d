"""Loads a site into the database: repeatable, and without touching what was true before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from schemas.connection import connect
from schemas.errors import SiteFileError
from schemas.queries import queries
from schemas.site.alarms.in_app import beside_the_app, in_new_units, of_roles_in_app
from schemas.site.difference import KINDS, Difference, Kind, difference
from schemas.site.model import Site
from schemas.site.rows import wanted_rows
from schemas.site.table import Row
from schemas.unit_history import SAME, to_newest

_SQL = queries("site")


class Counts(NamedTuple):
    """What happened to the rows of one kind."""

    created: int
    changed: int
    unchanged: int
    retired: int


@dataclass(frozen=True)
class LoadReport:
    """What a load did, by kind of row; its text is a small table."""

    site: str
    counts: dict[str, Counts]
    remarks: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Tell whether anything in the database is different now."""
        return any(c.created or c.changed or c.retired for c in self.counts.values())

    def __str__(self) -> str:
        heading = f"site {self.site}: " + ("loaded" if self.changed else "nothing to change")
        rows = [f"{name:14}" + "".join(f"{n:11}" for n in c) for name, c in self.counts.items()]
        titles = " " * 14 + "".join(f"{title:>11}" for title in Counts._fields)
        return "\n".join([heading, titles, *rows, *self.remarks])


def load(dsn: str, site: Site, *, now: datetime) -> LoadReport:
    """Bring the database's description of the plant to what `site` says, in one transaction.

    `now` (aware) is from when changes count that have no `since`. Units, ranges, instruments and
    limits that changed become new dated rows; what is gone from the file is retired, not deleted.
    Alarms that engineers keep in the app stay as they are, and remarks say where the file differs.
    Raises SiteFileError if that would rewrite history, psycopg.Error if the database refuses.
    """
    wanted = wanted_rows(site)
    counts, problems = {}, []
    with connect(dsn, row_factory=dict_row) as connection:
        connection.execute(_SQL["lock"])
        problems += _zone_problems(connection, site)
        kept = connection.execute(_SQL["alarms_kept_in_app"], {"site": site.key}).fetchall()
        wanted, remarks = beside_the_app(wanted, site, kept)
        of_roles, more = of_roles_in_app(site, kept)
        wanted["alarm"] += [{"key": row["key"]} for row in of_roles]
        wanted["alarm definition"] += of_roles
        remarks += more
        for kind in KINDS:
            current = _current(connection, kind, site)
            found = difference(kind, wanted[kind.name], current, now)
            problems += found.problems
            if not problems:
                _write(connection, kind, found, {"site": site.key, "now": now})
                if kind.name == "definition":
                    _rebuild_rollups(connection, site, found.changed)
                    units = {f"{row['line']}/{row['key']}": row["unit"] for row in current}
                    rows, more = in_new_units(kept, found.changed, units)
                    wanted["alarm definition"] += rows
                    remarks += more
            counts[kind.name] = Counts(
                len(found.new), len(found.changed), found.unchanged, len(found.gone)
            )
        if problems:
            raise SiteFileError(sorted(set(problems)))
        connection.execute(_SQL["release_alarms"], {"site": site.key})
        connection.execute(_SQL["mark_alarms_of_roles"], {"site": site.key})
        companies = [company.key for company in site.company]
        connection.execute(_SQL["link_companies"], {"site": site.key, "companies": companies})
        connection.execute(_SQL["operator"])
        connection.execute(_SQL["grant_points"], {"site": site.key})
        report = LoadReport(site.key, counts, tuple(remarks))
        if report.changed:
            connection.execute(_SQL["fit_chunks"])
            connection.execute(_SQL["analyze"])
            connection.execute(_SQL["notify"])
    return report


def _current(connection: psycopg.Connection[Row], kind: Kind, site: Site) -> list[Row]:
    parameters = {"site": site.key, "companies": [company.key for company in site.company]}
    return connection.execute(_SQL[kind.current], parameters).fetchall()


def _write(connection: psycopg.Connection[Row], kind: Kind, found: Difference, shared: Row) -> None:
    work = (
        (kind.insert, found.new),
        (kind.insert if kind.dated else kind.update, found.changed),
        (kind.gone, found.gone),
    )
    with connection.cursor() as cursor:
        for query, rows in work:
            if query is not None and rows:
                cursor.executemany(_SQL[query], [_parameters(row) | shared for row in rows])


def _rebuild_rollups(connection: psycopg.Connection[Row], site: Site, changed: list[Row]) -> None:
    """Compute the rollups anew that a change of unit falls into: they hold readings of both."""
    for row in changed:
        where = {"site": site.key, "line": row["line"], "key": row["key"]}
        for history in connection.execute(_SQL["unit_history"], where):
            found = to_newest(history.pop("units"))
            if found[-2:] == [SAME, SAME]:
                continue
            conversions = [each or SAME for each in found]
            connection.execute(
                _SQL["rebuild_rollups"],
                history
                | {
                    "changed_at": row["valid_from"],
                    "scales": [each.scale for each in conversions],
                    "offsets": [each.offset for each in conversions],
                },
            )


def _parameters(row: Row) -> dict[str, Any]:
    return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in row.items()}


def _zone_problems(connection: psycopg.Connection[Row], site: Site) -> list[str]:
    """Return a problem if the zone of a site that is there would change: its days are stored."""
    row = connection.execute(_SQL["sites"], {"site": site.key}).fetchone()
    if row is None or row["time_zone"] == site.site.time_zone:
        return []
    return [
        f"site.time_zone: {site.key} was loaded with {row['time_zone']}, by which its days are "
        "stored; give that zone, or a new key for another site"
    ]
