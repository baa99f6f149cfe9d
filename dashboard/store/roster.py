"""The roster as staff sees it, how the last messages went, and the link of a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from dashboard.store.errors import sentences
from schemas.queries import queries

MESSAGES_SHOWN = 10

_SQL = queries("notification")


@dataclass(frozen=True)
class RosterWeek:
    """Who is on duty in a week, by its Monday: logins and names; None is a hole."""

    week: date
    duty: str | None
    duty_name: str | None
    second: str | None
    second_name: str | None


@dataclass(frozen=True)
class Person:
    """Somebody who can be on duty."""

    login: str
    display_name: str


@dataclass(frozen=True)
class SentMessage:
    """How a message went; neither its text nor where it went to."""

    kind: str
    recipient: str
    created_at: datetime
    attempts: int
    handed_over_at: datetime | None
    given_up_at: datetime | None
    withdrawn_at: datetime | None


def roster(
    connection: psycopg.Connection[Any], site: str, first: date, weeks: int
) -> list[RosterWeek]:
    """Return the weeks of a roster from a Monday on; those without a row are holes."""
    asked = {"site": site, "from": first, "to": first + timedelta(weeks=weeks)}
    with connection.cursor(row_factory=class_row(RosterWeek)) as cursor:
        found = {row.week: row for row in cursor.execute(_SQL["visible_roster"], asked).fetchall()}
    mondays = (first + timedelta(weeks=n) for n in range(weeks))
    return [found.get(monday, RosterWeek(monday, None, None, None, None)) for monday in mondays]


def persons(connection: psycopg.Connection[Any], site: str) -> Sequence[Person]:
    """Return who can be on duty at a site; nobody for a viewer who is none of its staff."""
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        return cursor.execute(_SQL["persons"], {"site": site}).fetchall()


def country(connection: psycopg.Connection[Any], site: str) -> str | None:
    """Return whose public holidays count at a site; None: none do."""
    row = connection.execute(_SQL["country"], {"site": site}).fetchone()
    return None if row is None else row[0]


def last_messages(connection: psycopg.Connection[Any], site: str) -> Sequence[SentMessage]:
    """Return how the last messages went."""
    asked = {"site": site, "limit": MESSAGES_SHOWN}
    with connection.cursor(row_factory=class_row(SentMessage)) as cursor:
        return cursor.execute(_SQL["last_messages"], asked).fetchall()


def set_week(
    connection: psycopg.Connection[Any], site: str, monday: date, duty: str, second: str
) -> None:
    """Say who is on duty in a week; an empty text is nobody. Raises NotAllowed, EntryUnfit."""
    asked = {"site": site, "week": monday, "duty": duty, "second": second}
    with sentences(connection, "There is no such person."):
        connection.execute(_SQL["set_roster_week"], asked)


def answer_by_link(connection: psycopg.Connection[Any], token_sha256: bytes) -> None:
    """Acknowledge the alarm of a message's link as the transaction's viewer.

    Raises NotAllowed for a link that is not there or somebody else's, Superseded for one that was
    used or is too old.
    """
    with sentences(connection, ""):
        asked = {"token_sha256": token_sha256}
        connection.execute(_SQL["answer_by_link"], asked)


def alarm_of_link(connection: psycopg.Connection[Any], token_sha256: bytes) -> UUID | None:
    """Return which alarm a message's link acknowledges; None but for whom it was sent to."""
    row = connection.execute(_SQL["alarm_of_link"], {"token_sha256": token_sha256}).fetchone()
    return None if row is None else row[0]
