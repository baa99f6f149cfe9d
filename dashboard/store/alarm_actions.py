"""What people do about alarms. The database says who did it, and refuses what is not theirs.

Each raises NotAllowed (not this viewer's to do), Superseded (it is over, or somebody was faster) or
EntryUnfit (a text of 1 to 1000 characters, a shelf of at most seven days).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from dashboard.store.errors import sentences
from schemas.queries import queries

TEXT_CHARACTERS_MAX = 1_000
ACKNOWLEDGED_AT_ONCE_MAX = 500

_SQL = queries("alarm_screens")
_UNFIT = "A text has 1 to 1000 characters, and a shelf ends within seven days."


def acknowledge(connection: psycopg.Connection[Any], occurrences: Sequence[UUID]) -> int:
    """Acknowledge what somebody has seen; return how many nobody had acknowledged before.

    Raises NotAllowed if any of them is not the viewer's to acknowledge.
    """
    with sentences(connection, _UNFIT):
        asked = {"occurrences": list(occurrences)}
        row = connection.execute(_SQL["acknowledge"], asked).fetchone()
    assert row is not None
    return int(row[0])


def acknowledged_by(connection: psycopg.Connection[Any], occurrence: UUID) -> str | None:
    """Return who has acknowledged; None if nobody has, or the process has not taken it yet."""
    row = connection.execute(_SQL["acknowledged_by"], {"occurrence": occurrence}).fetchone()
    return None if row is None else row[0]


def comment(
    connection: psycopg.Connection[Any], alarm: UUID, occurrence: UUID | None, text: str
) -> None:
    """Write a comment, of the present occurrence where there is one."""
    _run(connection, "comment", alarm=alarm, occurrence=occurrence, comment=text)


def shelve(connection: psycopg.Connection[Any], alarm: UUID, until: datetime, reason: str) -> None:
    """Put an alarm aside until a moment, with a reason."""
    _run(connection, "shelve", alarm=alarm, until=until, reason=reason)


def unshelve(connection: psycopg.Connection[Any], alarm: UUID, reason: str) -> None:
    """Take an alarm back from its shelf."""
    _run(connection, "unshelve", alarm=alarm, reason=reason)


def reset(connection: psycopg.Connection[Any], alarm: UUID) -> None:
    """Release an alarm that is latched and has cleared."""
    _run(connection, "reset", alarm=alarm)


def ask_out_of_service(connection: psycopg.Connection[Any], alarm: UUID, reason: str) -> None:
    """Ask that an alarm be taken out of service; somebody else approves."""
    _run(connection, "ask_out_of_service", alarm=alarm, reason=reason)


def approve_out_of_service(connection: psycopg.Connection[Any], alarm: UUID) -> None:
    """Approve what somebody else asked for."""
    _run(connection, "approve_out_of_service", alarm=alarm)


def return_to_service(connection: psycopg.Connection[Any], alarm: UUID, reason: str) -> None:
    """Put an alarm into service again."""
    _run(connection, "return_to_service", alarm=alarm, reason=reason)


def _run(connection: psycopg.Connection[Any], query: str, **asked: object) -> None:
    with sentences(connection, _UNFIT):
        connection.execute(_SQL[query], asked)
