"""Writes the package: reads slice by slice, and passes on what it has made at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, groupby
from typing import Any

import psycopg

from dashboard.analysis.window import Source
from dashboard.exports import csv_text, readings
from dashboard.exports.errors import ExportError, ExportRefused, Refusal
from dashboard.exports.file_names import distinct_names
from dashboard.exports.parquet import RowGroups
from dashboard.exports.slices import Slice, slices
from dashboard.exports.trial_package import code_list
from dashboard.exports.trial_package.metadata import Description, Row, describe
from dashboard.exports.trial_package.readme import readme
from dashboard.exports.trial_package.request import PackageRequest
from dashboard.exports.zip_stream import Archive, Sink, archive
from dashboard.store.retention import stored_since
from schemas.queries import queries

Progress = Callable[[int, int], None]
"""Is told how many rows of how many have been written; Parquet and CSV count each for itself."""

_SQL = queries("trial_package")
_REPEATABLE = ("repeatable read", "serializable")


@dataclass
class _Work:
    """One package on its way."""

    connection: psycopg.Connection[Any]
    request: PackageRequest
    description: Description
    total_rows: int
    progress: Progress
    done_rows: int = 0

    def parts(self, point_id: int) -> Iterator[Slice]:
        request = self.request
        counted = self.connection.execute(
            _SQL["hour_counts"], _hours(request) | {"point": point_id}
        )
        return slices(request.readings_from, request.end, request.zone, dict(counted.fetchall()))

    def blocks(self, point_id: int, part: Slice) -> Iterator[Any]:
        units = self.description.units[point_id]
        for block in readings.blocks(self.connection, point_id, part):
            self.done_rows += len(block)
            self.progress(self.done_rows, max(2 * self.total_rows, self.done_rows))
            if len(block):
                yield units.of(block)


def write(
    connection: psycopg.Connection[Any],
    request: PackageRequest,
    sink: Sink,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> None:
    """Write the package that was asked for into `sink`, in a transaction of the same viewer.

    The transaction must be REPEATABLE READ and may be read only. Raises ExportRefused before the
    first byte; what fails later leaves an archive without an end, which no program opens.
    """
    _check(connection)
    request = _with_what_is_left(connection, request)
    description = describe(connection, request)
    work = _Work(
        connection, request, description, _count(connection, description, request), progress
    )
    if work.total_rows > request.limits.rows_max:
        raise ExportRefused(
            Refusal.SIZE,
            f"There are {work.total_rows} readings in this time, and a package has at most "
            f"{request.limits.rows_max}; choose a shorter time.",
        )
    with archive(sink, now) as package:
        package.add("README.txt", readme(request, work.total_rows))
        for name, data in description.files.items():
            package.add(name, data)
        _write_parquet(package, work)
        _write_csv(package, work)
        package.add_checksums()


def _check(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(_SQL["isolation"]).fetchone()
    if row is None or row[0] not in _REPEATABLE:
        raise ExportError("A package needs a transaction that is REPEATABLE READ.")
    turn = connection.execute(_SQL["turn"]).fetchone()
    if turn is None or not turn[0]:
        raise ExportRefused(
            Refusal.RUNNING, "A package is being made for this account; wait until it is done."
        )


def _with_what_is_left(
    connection: psycopg.Connection[Any], request: PackageRequest
) -> PackageRequest:
    """Return it with the moment before which its readings were dropped; keep the others."""
    connection.execute(_SQL["hold_readings"], {"start": request.start, "end": request.end})
    return replace(request, dropped_before=stored_since(connection).of(Source.RAW))


def _count(
    connection: psycopg.Connection[Any], description: Description, request: PackageRequest
) -> int:
    """Return how many readings there are, to the hour."""
    points = {"points": list(description.points)}
    row = connection.execute(_SQL["count_rows"], _hours(request) | points).fetchone()
    return 0 if row is None else int(row[0])


def _hours(request: PackageRequest) -> dict[str, Any]:
    return {
        "start": request.readings_from.replace(minute=0, second=0, microsecond=0),
        "end": request.end,
    }


def _write_parquet(package: Archive, work: _Work) -> None:
    trial = work.request.trial
    metadata = {"site": trial.site, "trial": trial.key, "units": "in the column unit, UCUM"}
    with (
        package.member("readings.parquet", compress=False) as member,
        RowGroups(member, metadata) as groups,
    ):
        for point_id, point in work.description.points.items():
            for part in work.parts(point_id):
                for block in work.blocks(point_id, part):
                    groups.add(point["line"], point["key"], block)


def _write_csv(package: Archive, work: _Work) -> None:
    points = work.description.points
    names = distinct_names({number: f"{p['line']}_{p['key']}" for number, p in points.items()})
    for point_id, point in points.items():
        for month, parts in groupby(work.parts(point_id), key=lambda part: part.month):
            blocks = (block for part in parts for block in work.blocks(point_id, part))
            if (first := next(blocks, None)) is None:
                continue
            with package.member(f"csv/{names[point_id]}_{month}.csv") as member:
                changed = work.description.units[point_id].changed
                zone = work.request.trial.time_zone
                member.write(csv_text.header(_columns(point, unit_changed=changed)))
                for block in chain([first], blocks):
                    cells = block if changed else block.drop_columns("unit")
                    member.write(csv_text.readings(cells, zone, code_list.why))


def _columns(point: Row, *, unit_changed: bool) -> list[str]:
    """Return the titles: the unit stands with the value, or in a column where it changed."""
    if unit_changed:
        return [*csv_text.READING_COLUMNS, "unit"]
    unit = point["unit"] if point["species"] is None else f"{point['unit']} as {point['species']}"
    return [f"{name} ({unit})" if name == "value" else name for name in csv_text.READING_COLUMNS]
