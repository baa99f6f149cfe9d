"""Notes on the trend: of a trial, or of the plant itself, which only its staff sees."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row

from dashboard.analysis.window import Window
from dashboard.store.errors import sentences
from schemas.queries import queries

DRAWN_MAX = 30
DRAWN_CHARACTERS_MAX = 300

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
    replaces: UUID | None = None


@dataclass(frozen=True)
class Note:
    """A note as a chart shows it: the beginning of its text."""

    from_at: datetime
    to_at: datetime | None
    body: str
    author: str


@dataclass(frozen=True)
class NotesOfChart:
    """The newest notes of a window, in order of time, and how many there are in all."""

    notes: Sequence[Note]
    total: int


def add_note(connection: psycopg.Connection[Any], note: NewNote) -> UUID:
    """Write a note as the transaction's viewer and return what pages call it.

    Raises NotAllowed, LimitReached, Superseded or EntryUnfit.
    """
    unfit = "A note has 1 to 4000 characters, a trial or a point, and ends after it begins."
    public_id = uuid4()
    with sentences(connection, unfit):
        connection.execute(_SQL["add_note"], {**vars(note), "public_id": public_id})
    return public_id


def chart_notes(
    connection: psycopg.Connection[Any], trial_id: int, points: Collection[int], window: Window
) -> NotesOfChart:
    """Return at most DRAWN_MAX notes that touch a window and count: on these points, or on none."""
    asked = {
        "trial": trial_id,
        "points": list(points),
        "start": window.start,
        "end": window.end,
        "limit": DRAWN_MAX,
        "characters": DRAWN_CHARACTERS_MAX,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["chart_notes"], asked).fetchall()
    total = rows[0]["total"] if rows else 0
    notes = [Note(*(row[name] for name in ("from_at", "to_at", "body", "author"))) for row in rows]
    return NotesOfChart(notes[::-1], total)
