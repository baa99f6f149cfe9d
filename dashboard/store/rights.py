"""What the viewer of a transaction may see: who it is, and its trials."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from schemas.queries import queries

_SQL = queries("access")


@dataclass(frozen=True)
class Viewer:
    """Who looks: an account, a device, or (both None) the program itself."""

    account_id: int | None
    device_id: int | None
    role: str
    company: str | None
    sees_all: bool


@dataclass(frozen=True)
class Trial:
    """A trial as its dates and its journal make it now; names by language, times in UTC."""

    trial_id: int
    site: str
    site_name: Mapping[str, str]
    time_zone: str
    line: str
    line_name: Mapping[str, str]
    key: str
    name: Mapping[str, str]
    company: str
    company_name: str
    source_stream: str
    starts_at: datetime
    ends_at: datetime
    access_until: datetime | None
    embargo_until: datetime | None
    verified: bool


def viewer(connection: psycopg.Connection[Any]) -> Viewer | None:
    """Return who looks; None if the account or device is dead, which then sees nothing."""
    with connection.cursor(row_factory=class_row(Viewer)) as cursor:
        return cursor.execute(_SQL["viewer"]).fetchone()


def trials(connection: psycopg.Connection[Any]) -> list[Trial]:
    """Return the viewer's trials, newest first."""
    return _trials(connection, None)


def trial(connection: psycopg.Connection[Any], trial_id: int) -> Trial | None:
    """Return one of the viewer's trials; None if it is not the viewer's, or not there."""
    return next(iter(_trials(connection, trial_id)), None)


def _trials(connection: psycopg.Connection[Any], trial_id: int | None) -> list[Trial]:
    with connection.cursor(row_factory=class_row(Trial)) as cursor:
        return cursor.execute(_SQL["trials"], {"trial": trial_id}).fetchall()


def trial_points(connection: psycopg.Connection[Any], trial_id: int) -> dict[int, bool]:
    """Return the points of a trial by id, and whether each is one of the plant to compare with.

    Empty if the trial is not the viewer's, or not there.
    """
    rows = connection.execute(_SQL["trial_points"], {"trial": trial_id})
    return {row[0]: row[1] for row in rows}
