"""Everything beside the values: what was measured, with what, and what people wrote about it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from dashboard.exports import csv_text
from dashboard.exports.trial_package import code_list
from dashboard.exports.trial_package.request import PackageRequest
from dashboard.exports.trial_package.units import Units
from dashboard.texts import names
from schemas.languages import LANGUAGES
from schemas.queries import queries

_SQL = queries("trial_package")
# Files of the package, the query of each, and its columns where the query has more than they need.
TABLES = {
    "point_history": "point_history",
    "instrument_history": "instrument_history",
    "limits": "limits",
    "notes": "notes",
    "journal": "journal",
}
LEGEND_COLUMNS = ("column", "code", *LANGUAGES)

Row = dict[str, Any]


@dataclass(frozen=True)
class Description:
    """The points and their units by id, and the small files of the package by name."""

    points: dict[int, Row]
    units: dict[int, Units]
    files: dict[str, bytes]


def describe(connection: psycopg.Connection[Any], request: PackageRequest) -> Description:
    """Read all of it. Texts of others go in as they are, harmless to a spreadsheet."""
    points = {row["point_id"]: row for row in _rows(connection, "points", request, [])}
    files = {
        "trial.json": _json(_trial(request)),
        "points.json": _json([_public(row) for row in points.values()]),
        "points.csv": _points_csv(list(points.values())),
        "methods.csv": _methods_csv(list(points.values())),
        "quality.csv": csv_text.table(code_list.rows(), LEGEND_COLUMNS),
    }
    for name, query in TABLES.items():
        rows = _rows(connection, query, request, list(points))
        columns = list(rows[0]) if rows else _columns(connection, query, request)
        files[f"{name}.csv"] = csv_text.table(rows, columns)
        files[f"{name}.json"] = _json(rows)
    return Description(points, _units(connection, request, list(points)), files)


def _units(
    connection: psycopg.Connection[Any], request: PackageRequest, points: list[int]
) -> dict[int, Units]:
    dated: dict[int, list[tuple[datetime | None, str]]] = {}
    for row in _rows(connection, "units", request, points):
        dated.setdefault(row["point_id"], []).append((row["valid_from"], row["unit"]))
    return {point: Units(history) for point, history in dated.items()}


def _rows(
    connection: psycopg.Connection[Any], query: str, request: PackageRequest, points: list[int]
) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL[query], _parameters(request, points)).fetchall()


def _columns(connection: psycopg.Connection[Any], query: str, request: PackageRequest) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[query], _parameters(request, []))
        return [column.name for column in cursor.description or ()]


def _parameters(request: PackageRequest, points: list[int]) -> Row:
    return {
        "trial": request.trial.trial_id,
        "points": points,
        "start": request.start,
        "end": request.end,
    }


def _trial(request: PackageRequest) -> Row:
    trial = asdict(request.trial)
    del trial["trial_id"]
    lost = {"readings_dropped_before": request.readings_from} if request.has_lost else {}
    return {"trial": trial, "readings_from": request.start, "readings_to": request.end, **lost}


def _public(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if name != "point_id"}


def _points_csv(points: list[Row]) -> bytes:
    rows = [_flat(row) for row in points]
    return csv_text.table(rows, list(rows[0]) if rows else ["line", "key"])


def _flat(row: Mapping[str, Any]) -> Row:
    flat = _public(row)
    called = flat.pop("name")
    return flat | {f"name_{language}": called.get(language) for language in LANGUAGES}


def _methods_csv(points: list[Row]) -> bytes:
    rows = [
        {
            "line": row["line"],
            "point": row["key"],
            "kind": row["kind"],
            "unit": row["unit"],
            "counted_as": row["species"],
            **_in_each("comes_from", f"method.{row['provenance'] or 'unknown'}"),
            "instrument": row["instrument_description"],
            **_in_each("ranges", f"ranges.{'verified' if row['verified'] else 'examples'}"),
        }
        for row in points
    ]
    columns = (
        *("line", "point", "kind", "unit", "counted_as"),
        *_columns_of("comes_from"),
        "instrument",
        *_columns_of("ranges"),
    )
    return csv_text.table(rows, columns)


def _columns_of(column: str) -> tuple[str, ...]:
    return tuple(f"{column}_{language}" for language in LANGUAGES)


def _in_each(column: str, key: str) -> Row:
    """Return a text of ours in a column for each language."""
    found = names(key)
    return {f"{column}_{language}": found[language] for language in LANGUAGES}


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    # Harmless even where somebody pastes the file into a page.
    return text.replace("<", "\\u003c").encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a description")
