"""Windows of work and verdicts as a viewer sees them, and what its staff writes of them.

Writing raises NotAllowed (not this viewer's to write), Superseded (somebody changed it meanwhile)
or EntryUnfit (a window ends after it starts, is of one place at which something is measured, and
has a reason of 1 to 1000 characters).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from dashboard.analysis.window import Window
from dashboard.store.errors import sentences
from schemas.queries import queries

REASON_CHARACTERS_MAX = 1_000
OF_A_CHART_MAX = 200
LISTED_MAX = 200
LISTED_BACK = timedelta(days=90)

_SQL = queries("quality_windows")
_UNFIT = "A window ends after it starts, is of one place, and has a reason of 1 to 1000 characters."


@dataclass(frozen=True)
class QualityWindow:
    """A window as a chart draws it; without an end it goes on. Reasons and names are for staff."""

    window_id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str | None
    who: str | None


@dataclass(frozen=True)
class WindowVersion:
    """A window as somebody left it; who is None if a state opened it, by the `rule` of that name.

    Exactly one of `point_id`, `instrument` and `element` says where it is.
    """

    window_id: UUID
    kind: str
    version: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    is_withdrawn: bool
    who: str | None
    written_at: datetime
    point_id: int | None
    instrument: str | None
    element: str | None
    rule: str | None

    def is_open(self, now: datetime) -> bool:
        """Tell whether it goes on."""
        ends = self.ends_at
        return not self.is_withdrawn and self.starts_at <= now and (ends is None or ends > now)


@dataclass(frozen=True)
class NewWindow:
    """What is entered: of a point, an instrument or an element of a site."""

    site: str
    kind: str
    starts: datetime
    ends: datetime | None
    reason: str
    point: int | None = None
    instrument: str | None = None
    element: str | None = None


def windows_of(
    connection: psycopg.Connection[Any], points: Sequence[int], window: Window
) -> list[QualityWindow]:
    """Return the windows of some points that touch a window of time, the earliest first."""
    asked = {"points": list(points), "start": window.start, "end": window.end}
    with connection.cursor(row_factory=class_row(QualityWindow)) as cursor:
        found = cursor.execute(_SQL["of_points"], asked | {"windows_max": OF_A_CHART_MAX})
        return found.fetchall()


def listed(connection: psycopg.Connection[Any], site: str, now: datetime) -> list[WindowVersion]:
    """Return the windows of a site as they stand, those that go on first, then the newest.

    Those that ended long ago are left out, those taken back are not.
    """
    asked = {"site": site, "since": now - LISTED_BACK, "now": now, "windows_max": LISTED_MAX}
    with connection.cursor(row_factory=class_row(WindowVersion)) as cursor:
        return cursor.execute(_SQL["listed"], asked).fetchall()


def history(connection: psycopg.Connection[Any], window: UUID) -> list[WindowVersion]:
    """Return all versions of a window, the newest first; none if the viewer may not see it."""
    with connection.cursor(row_factory=class_row(WindowVersion)) as cursor:
        return cursor.execute(_SQL["history"], {"window": window}).fetchall()


def site_of_window(connection: psycopg.Connection[Any], window: UUID) -> str | None:
    """Return the key of a window's site; None if the viewer may not see it."""
    row = connection.execute(_SQL["window_site"], {"window": window}).fetchone()
    return row[0] if row else None


def enter(connection: psycopg.Connection[Any], new: NewWindow) -> UUID:
    """Enter a window; return its number."""
    with sentences(connection, _UNFIT):
        row = connection.execute(_SQL["enter"], vars(new)).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def change(connection: psycopg.Connection[Any], wanted: WindowVersion) -> None:
    """Give a window other ends, another reason, or let it count no more; it stays in the history.

    `wanted` is the version that the person saw, with what is to be another.
    """
    with sentences(connection, _UNFIT):
        connection.execute(_SQL["change"], vars(wanted))
