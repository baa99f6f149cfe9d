"""What is written about a trial, notes and entries alike: read page by page, and taken back.

Nothing is deleted: what was withdrawn stays, with who did it and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from dashboard.store.errors import NotAllowed, sentences
from dashboard.store.trial_journal import Kind
from schemas.queries import queries

PAGE_ROWS = 20
CORRECTABLE_MAX = 50
UNDO_TIME = timedelta(minutes=10)  # as the database holds it
REASON_CHARACTERS_MAX = 200
BODY_CHARACTERS = 280  # of a long text in a list
CHOICE_CHARACTERS = 60

_SQL = queries("trial_book")


class Written(StrEnum):
    """The two lists of a trial."""

    NOTE = "note"
    ENTRY = "entry"


@dataclass(frozen=True)
class Writing:
    """A note or entry as a viewer sees it; one that was replaced is not shown.

    `body` is its beginning, of `characters` in all. `kind` and `title` are those of an entry,
    `point_id` may be that of a note.
    """

    public_id: UUID
    kind: str | None
    title: str
    body: str
    characters: int
    point_id: int | None
    from_at: datetime
    to_at: datetime | None
    author: str
    written_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawal_reason: str | None
    may_withdraw: bool

    @property
    def is_cut(self) -> bool:
        """Whether there is more of the text."""
        return self.characters > len(self.body)


@dataclass(frozen=True)
class Place:
    """Where a page begins: beside a note or entry, on its newer side or on the older one."""

    beside: UUID
    is_newer: bool = False


@dataclass(frozen=True)
class WritingPage:
    """Some of a list, the newest first; whether there are newer and older ones, and all of them."""

    of: Written
    rows: Sequence[Writing]
    has_newer: bool
    has_older: bool
    total: int


@dataclass(frozen=True)
class Correctable:
    """What can be replaced: when it was, and the beginning of its title or text."""

    public_id: UUID
    from_at: datetime
    text: str


def writing_page(
    connection: psycopg.Connection[Any], trial_id: int, of: Written, place: Place | None = None
) -> WritingPage:
    """Return PAGE_ROWS of a list; the newest without a place, or where there are fewer than that.

    Empty if the trial is not the viewer's.
    """
    found = _rows(connection, trial_id, of, place)
    has_more = len(found) > PAGE_ROWS
    found = found[:PAGE_ROWS]
    if place is not None and (not found or (place.is_newer and not has_more)):
        return writing_page(connection, trial_id, of)
    asked = {"trial": trial_id, "list": of}
    row = connection.execute(_SQL["count_written"], asked).fetchone()
    assert row is not None
    is_newer = place is not None and place.is_newer
    rows = found[::-1] if is_newer else found
    return WritingPage(
        of,
        rows,
        has_newer=has_more if is_newer else place is not None,
        has_older=True if is_newer else has_more,
        total=row[0],
    )


def _rows(
    connection: psycopg.Connection[Any], trial_id: int, of: Written, place: Place | None
) -> list[Writing]:
    asked = {
        "trial": trial_id,
        "list": of,
        "cursor": place and place.beside,
        "newer": place is not None and place.is_newer,
        "characters": BODY_CHARACTERS,
        "limit": PAGE_ROWS + 1,
    }
    with connection.cursor(row_factory=class_row(Writing)) as cursor:
        return cursor.execute(_SQL["page"], asked).fetchall()


def one_writing(
    connection: psycopg.Connection[Any], trial_id: int, of: Written, public_id: UUID
) -> Writing | None:
    """Return a note or entry with all of its text; None if it is not the viewer's, or not there."""
    asked = {"trial": trial_id, "list": of, "id": public_id}
    with connection.cursor(row_factory=class_row(Writing)) as cursor:
        return cursor.execute(_SQL["one_written"], asked).fetchone()


def correctable(
    connection: psycopg.Connection[Any], trial_id: int, of: Written, closing: Kind | None = None
) -> Sequence[Correctable]:
    """Return the viewer's own newest ones that count; or what ends a trial, for who leads it."""
    asked = {
        "trial": trial_id,
        "list": of,
        "closing": closing,
        "characters": CHOICE_CHARACTERS,
        "limit": CORRECTABLE_MAX,
    }
    with connection.cursor(row_factory=class_row(Correctable)) as cursor:
        return cursor.execute(_SQL["correctable"], asked).fetchall()


def withdraw(
    connection: psycopg.Connection[Any], trial_id: int, of: Written, public_id: UUID, reason: str
) -> None:
    """Take a note or entry back, as its author or an administrator.

    Without a reason only by its author, within UNDO_TIME. What it had replaced counts again.
    Raises NotAllowed, Superseded, AlreadyThere (it is withdrawn already) or EntryUnfit.
    """
    asked = {"trial": trial_id, "list": of, "id": public_id, "reason": reason}
    with sentences(connection, "A reason has at most 200 characters."):
        if not connection.execute(_SQL["withdraw"], asked).rowcount:
            raise NotAllowed
