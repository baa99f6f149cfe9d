"""The journal of alarms: each event once, searched, read page by page, and exported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from schemas.catalogue import Names
from schemas.queries import queries

PAGE_ROWS = 50
EXPORT_PAGE_ROWS = 5_000
REACHES = tuple(timedelta(days=days) for days in (1, 10, 100, 1_000))
"""How far from its begin the events of a page are looked for, until it is full."""
KINDS = (
    "raised",
    "cleared",
    "acknowledged",
    "reset",
    "commented",
    "shelved",
    "unshelved",
    "shelf_ended",
    "suppressed",
    "unsuppressed",
    "out_of_service",
    "returned_to_service",
)

_SQL = queries("alarm_screens")


@dataclass(frozen=True)
class Event:
    """Something that happened to an alarm; `who` is None where nobody did it."""

    event_id: UUID
    alarm_id: UUID
    occurrence: UUID | None
    kind: str
    at: datetime
    recorded_at: datetime
    priority: str
    name: Names
    point_id: int | None
    value: float | None
    is_late: bool | None
    who: str | None
    comment: str | None


@dataclass(frozen=True)
class Search:
    """What is looked for in the journal of a site; None and an empty text look for everything.

    `beside` is an event at which the page begins, on its newer side or on its older one.
    """

    site: str
    words: str = ""
    priority: str | None = None
    kinds: tuple[str, ...] | None = None
    alarm: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    beside: UUID | None = None
    is_newer: bool = False


@dataclass(frozen=True)
class JournalPage:
    """Some events, the newest first; whether there are newer and older ones."""

    rows: Sequence[Event]
    has_newer: bool
    has_older: bool


def journal(
    connection: psycopg.Connection[Any], search: Search, rows_max: int = PAGE_ROWS
) -> JournalPage:
    """Return a page of the journal; the newest one where nothing stands beside the event."""
    found = _rows(connection, search, rows_max + 1)
    has_more = len(found) > rows_max
    found = found[:rows_max]
    if search.beside is not None and (not found or (search.is_newer and not has_more)):
        return journal(connection, replace(search, beside=None, is_newer=False), rows_max)
    rows = found[::-1] if search.is_newer else found
    return JournalPage(
        rows,
        has_newer=has_more if search.is_newer else search.beside is not None,
        has_older=True if search.is_newer else has_more,
    )


def whole_journal(connection: psycopg.Connection[Any], search: Search) -> Iterator[list[Event]]:
    """Yield all events that are looked for, the newest first, some thousand at a time."""
    asked = replace(search, beside=None, is_newer=False)
    while rows := _rows(connection, asked, EXPORT_PAGE_ROWS):
        yield rows
        asked = replace(asked, beside=rows[-1].event_id)


def _rows(connection: psycopg.Connection[Any], search: Search, limit: int) -> list[Event]:
    """Return some events; a page is full after days, so that years of them are not read for it."""
    beside_at = None
    if search.beside is not None:
        row = connection.execute(_SQL["journal_moment"], {"event": search.beside}).fetchone()
        if row is None:
            return []
        beside_at = row[0]
    for reach in (*REACHES, None):
        rows = _within(connection, search, beside_at, reach, limit)
        if len(rows) >= limit:
            break
    return rows


def _within(
    connection: psycopg.Connection[Any],
    search: Search,
    beside_at: datetime | None,
    reach: timedelta | None,
    limit: int,
) -> list[Event]:
    """Return the events of a page that lie so near to its begin; None: however far."""
    asked = {
        "site": search.site,
        "words": search.words,
        "priority": search.priority,
        "kinds": None if search.kinds is None else list(search.kinds),
        "alarm": search.alarm,
        "start": search.start,
        "end": search.end,
        "cursor": search.beside,
        "cursor_at": beside_at,
        "reach": reach,
        "newer": search.is_newer,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(_SQL["journal"], asked).fetchall()
