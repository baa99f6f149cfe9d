"""Notes on the trend: of a trial, or of the plant itself, which only its staff sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from dashboard.store.errors import sentences
from schemas.queries import queries

NOTES_MAX = 1_000

_SQL = queries("trial_book")


@dataclass(frozen=True)
class NewNote:
    """A note to be written: on a moment, or on a time from `from_at` to `to_at`.

    Without `trial_id` it is the plant's and needs a point. `replaces` is a note of the same author.
    """

    body: str
    from_at: datetime
    to_at: datetime | None = None
    trial_id: int | None = None
    point_id: int | None = None
    replaces: int | None = None


@dataclass(frozen=True)
class Note:
    """A note as a viewer sees it; one that was replaced is not shown."""

    note_id: int
    trial_id: int | None
    point_id: int | None
    from_at: datetime
    to_at: datetime | None
    body: str
    author: str
    author_role: str
    own: bool | None
    written_at: datetime


def add_note(connection: psycopg.Connection[Any], note: NewNote) -> None:
    """Write a note as the transaction's viewer. Raises NotAllowed or EntryUnfit."""
    unfit = "A note has 1 to 4000 characters, a trial or a point, and ends after it begins."
    with sentences(connection, unfit):
        connection.execute(_SQL["add_note"].encode(), vars(note))


def notes(
    connection: psycopg.Connection[Any],
    start: datetime,
    end: datetime,
    *,
    trial_id: int | None = None,
) -> Sequence[Note]:
    """Return the viewer's notes that touch [start, end), at most NOTES_MAX, in order of time."""
    asked = {"trial": trial_id, "start": start, "end": end, "limit": NOTES_MAX}
    with connection.cursor(row_factory=class_row(Note)) as cursor:
        return cursor.execute(_SQL["notes"].encode(), asked).fetchall()
