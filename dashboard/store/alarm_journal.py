"""The journal of alarms: each event once, searched, read page by page, and exported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from schemas.catalogue import Names
from schemas.queries import queries

PAGE_ROWS = 50
EXPORT_PAGE_ROWS = 5_000
REACHES = tuple(timedelta(days=days) for days in (1, 10, 100, 400))
"""How far from its begin the events of a page are looked for, until it is full.

What is searched for by words, priority or kind may be rare: a page of that looks no further.
"""
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

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

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

    @property
    def is_for_rare(self) -> bool:
        """Whether a page of it may be full after years only."""
        return self.start is None and bool(self.words or self.priority or self.kinds)


@dataclass(frozen=True)
class JournalPage:
    """Some events, the newest first; whether there are newer and older ones.

    Events before `unsearched` were not looked at; None where there are none.
    """

    rows: Sequence[Event]
    has_newer: bool
    has_older: bool
    unsearched: datetime | None = None


def journal(
    connection: psycopg.Connection[Any], search: Search, rows_max: int = PAGE_ROWS
) -> JournalPage:
    """Return a page of the journal; the newest one where nothing stands beside the event."""
    found, unsearched = _rows(connection, search, rows_max + 1, is_bounded=search.is_for_rare)
    has_more = len(found) > rows_max
    found = found[:rows_max]
    if search.beside is not None and (not found or (search.is_newer and not has_more)):
        return journal(connection, replace(search, beside=None, is_newer=False), rows_max)
    rows = found[::-1] if search.is_newer else found
    return JournalPage(
        rows,
        has_newer=has_more if search.is_newer else search.beside is not None,
        has_older=True if search.is_newer else has_more,
        unsearched=unsearched,
    )


def whole_journal(connection: psycopg.Connection[Any], search: Search) -> Iterator[list[Event]]:
    """Yield all events that are looked for, the newest first, some thousand at a time."""
    asked = replace(search, beside=None, is_newer=False)
    while rows := _rows(connection, asked, EXPORT_PAGE_ROWS, is_bounded=False)[0]:
        yield rows
        asked = replace(asked, beside=rows[-1].event_id)


def _rows(
    connection: psycopg.Connection[Any], search: Search, limit: int, *, is_bounded: bool
) -> tuple[list[Event], datetime | None]:
    """Return some events; a page is full after days, so that years of them are not read for it.

    With it the moment before which a bounded search did not look, if there is something.
    """
    beside_at = None
    if search.beside is not None:
        row = connection.execute(_SQL["journal_moment"], {"event": search.beside}).fetchone()
        if row is None:
            return [], None
        beside_at = row[0]
    begins_at = beside_at or search.end or datetime.now(UTC)
    for reach in REACHES if is_bounded else (*REACHES, None):
        rows = _within(connection, search, beside_at, _window(search, begins_at, reach), limit)
        if len(rows) >= limit:
            return rows, None
    if not is_bounded or search.is_newer:
        return rows, None
    searched_from = begins_at - REACHES[-1]
    asked = {"site": search.site, "before": searched_from}
    row = connection.execute(_SQL["journal_goes_on"], asked).fetchone()
    return rows, searched_from if row and row[0] else None


def _window(
    search: Search, begins_at: datetime, reach: timedelta | None
) -> tuple[datetime | None, datetime | None]:
    """Return between which moments a page is looked for: plain bounds, which an index takes.

    `reach` None: as far as the search asks.
    """
    start, end = search.start, search.end
    if search.beside is not None and search.is_newer:
        start = begins_at
        if reach is not None:
            end = min(begins_at + reach, end or LAST)
        return start, end
    if search.beside is not None:
        end = begins_at + timedelta(microseconds=1)
    if reach is not None:
        start = max(begins_at - reach, start or FIRST)
    return start, end


def _within(
    connection: psycopg.Connection[Any],
    search: Search,
    beside_at: datetime | None,
    window: tuple[datetime | None, datetime | None],
    limit: int,
) -> list[Event]:
    """Return the events of a page that lie in a window."""
    asked = {
        "site": search.site,
        "words": search.words,
        "priority": search.priority,
        "kinds": None if search.kinds is None else list(search.kinds),
        "alarm": search.alarm,
        "start": window[0],
        "end": window[1],
        "cursor": search.beside,
        "cursor_at": beside_at,
        "newer": search.is_newer,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(_SQL["journal"], asked).fetchall()
