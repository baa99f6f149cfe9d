"""What is stored of an asset or a stream besides readings: properties, notes, instruments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from schemas.queries import queries

NOTES_MAX = 20
NOTE_CHARACTERS_MAX = 500
INSTRUMENTS_MAX = 200

_SQL = queries("element_page")


@dataclass(frozen=True)
class DatedProperty:
    """A property in `unit` (UCUM); no beginning: as ever, no end: until now."""

    property: str
    value: float
    unit: str
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(frozen=True)
class PointNote:
    """A note on a point: the beginning of its text."""

    point_id: int
    from_at: datetime
    to_at: datetime | None
    body: str
    author: str


@dataclass(frozen=True)
class DatedInstrument:
    """What measured a point; no beginning: as ever, no end: until now."""

    point_id: int
    instrument: str
    provenance: str
    description: str
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(frozen=True)
class ElementRecords:
    """What is stored of one asset or stream, as far as the viewer sees it."""

    properties: Sequence[DatedProperty]
    notes: Sequence[PointNote]
    instruments: Sequence[DatedInstrument]


def element_records(
    connection: psycopg.Connection[Any],
    site: str,
    key: str,
    points: Collection[int],
    language: str,
) -> ElementRecords:
    """Return what is stored of an element, and of its points: the newest notes and instruments."""
    of_points = {"points": list(points), "characters": NOTE_CHARACTERS_MAX}
    with connection.cursor(row_factory=class_row(DatedProperty)) as cursor:
        asked: dict[str, Any] = {"site": site, "key": key}
        properties = cursor.execute(_SQL["properties"], asked).fetchall()
    with connection.cursor(row_factory=class_row(PointNote)) as cursor:
        asked = of_points | {"limit": NOTES_MAX}
        notes = cursor.execute(_SQL["notes"], asked).fetchall()
    with connection.cursor(row_factory=class_row(DatedInstrument)) as cursor:
        asked = of_points | {"limit": INSTRUMENTS_MAX, "language": language}
        instruments = cursor.execute(_SQL["instruments"], asked).fetchall()
    return ElementRecords(properties, notes, instruments)
