"""A new trial, made in the app by an engineer, and the guests of one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from dashboard.store.errors import EntryUnfit, NotAllowed, sentences
from schemas.languages import LANGUAGES
from schemas.local_time import midnight
from schemas.queries import queries

_SQL = queries("trial_book")
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class TrialFacts:
    """What a trial is, until it begins: from its first day to its last, both at the site.

    `embargo` and `handover` are last days too. `points` are those of its own line and those of the
    plant that the company is given to compare with.
    """

    company_id: int
    name: Mapping[str, str]
    source_stream: str
    first_day: date
    last_day: date
    points: Sequence[int]
    embargo: date | None = None
    handover: date | None = None

    def values(self, time_zone: str) -> dict[str, Any]:
        """Return it as the database takes it: days as midnights of the zone, each point once."""
        zone = ZoneInfo(time_zone)
        return {
            **vars(self),
            "name": Jsonb(dict(self.name)),
            "points": list(set(self.points)),
            "starts_at": midnight(self.first_day, zone),
            "ends_at": _end(self.last_day, zone),
            "embargo_until": _end(self.embargo, zone) if self.embargo else None,
            "access_until": _end(self.handover, zone) if self.handover else None,
        }


@dataclass(frozen=True, kw_only=True)
class NewTrial(TrialFacts):
    """A trial to be made, on a line, below a key that is free there."""

    line_id: int
    key: str


@dataclass(frozen=True)
class Line:
    """A line that a trial can be on."""

    line_id: int
    site: str
    key: str
    kind: str
    name: Mapping[str, str]


@dataclass(frozen=True)
class Company:
    """A company that a trial can belong to."""

    company_id: int
    key: str
    name: str


@dataclass(frozen=True)
class Guest:
    """An account that can be let in as a guest."""

    account_id: int
    login: str
    display_name: str


@dataclass(frozen=True)
class Invitation:
    """Lets a guest see a trial until a moment; under an embargo only if the company said so."""

    trial_id: int
    account_id: int
    until_at: datetime
    under_embargo: bool = False


def lines(connection: psycopg.Connection[Any]) -> Sequence[Line]:
    """Return the lines that the viewer sees."""
    with connection.cursor(row_factory=class_row(Line)) as cursor:
        return cursor.execute(_SQL["lines"]).fetchall()


def companies(connection: psycopg.Connection[Any]) -> Sequence[Company]:
    """Return the companies that the viewer sees: all for the plant's staff, else its own."""
    with connection.cursor(row_factory=class_row(Company)) as cursor:
        return cursor.execute(_SQL["companies"]).fetchall()


def guests(connection: psycopg.Connection[Any]) -> Sequence[Guest]:
    """Return the accounts that an engineer or administrator can invite."""
    with connection.cursor(row_factory=class_row(Guest)) as cursor:
        return cursor.execute(_SQL["guests"]).fetchall()


def add_trial(connection: psycopg.Connection[Any], new: NewTrial) -> int:
    """Make a trial and return its id. Access follows from its days. Raises NotAllowed, EntryUnfit.

    A site file that names the same line and key later takes it over.
    """
    if not KEY.fullmatch(new.key):
        raise EntryUnfit(
            "A key has 1 to 64 of a-z, 0-9, - and _, and begins with none of the last."
        )
    if set(new.name) != set(LANGUAGES) or not all(new.name.values()):
        raise EntryUnfit("A trial has a name in Finnish, Swedish and English.")
    row = connection.execute(_SQL["line_zone"], {"line": new.line_id}).fetchone()
    if row is None:
        raise NotAllowed
    if new.company_id not in {company.company_id for company in companies(connection)}:
        raise EntryUnfit("There is no such company.")
    values = new.values(row[0])
    unfit = (
        "The key is taken on this line, the last day is before the first, or the handover ends "
        "before the trial."
    )
    with sentences(connection, unfit):
        connection.execute(_SQL["add_trial"], values)
        added = connection.execute(_SQL["added_trial"], values).fetchone()
        assert added is not None
        asked = {"trial": added[0], "points": values["points"]}
        stored = connection.execute(_SQL["add_trial_points"], asked).rowcount
        if stored != len(values["points"]):
            raise EntryUnfit("A point of the trial does not exist.")
    return int(added[0])


def invite(connection: psycopg.Connection[Any], invitation: Invitation) -> None:
    """Let a guest in. Raises NotAllowed or EntryUnfit."""
    unfit = "The guest is invited already, or the invitation ends before it begins."
    with sentences(connection, unfit):
        connection.execute(_SQL["add_guest"], vars(invitation))


def _end(day: date, zone: ZoneInfo) -> datetime:
    return midnight(day + timedelta(days=1), zone)
