"""What can still be changed of a trial of the app until it begins: its facts, points and guests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from dashboard.store import rights
from dashboard.store.errors import NotAllowed, sentences
from dashboard.store.trial_setup import TrialFacts
from schemas.queries import queries

_SQL = queries("trial_book")


@dataclass(frozen=True, kw_only=True)
class Change(TrialFacts):
    """What a trial shall be from now on."""

    trial_id: int


@dataclass(frozen=True)
class Invited:
    """A guest of a trial; `until_at` is None for ever."""

    account_id: int
    login: str
    display_name: str
    from_at: datetime
    until_at: datetime | None
    under_embargo: bool


def may_change(connection: psycopg.Connection[Any], trial_id: int) -> bool:
    """Tell whether the viewer may change a trial: it was made in the app and has not begun."""
    row = connection.execute(_SQL["may_change_trial"], {"trial": trial_id}).fetchone()
    return row is not None and bool(row[0])


def change_trial(connection: psycopg.Connection[Any], change: Change) -> None:
    """Give a trial other facts and points. Raises NotAllowed or EntryUnfit."""
    trial = rights.trial(connection, change.trial_id)
    if trial is None:
        raise NotAllowed
    unfit = "The last day is before the first, or the handover ends before the trial."
    with sentences(connection, unfit):
        connection.execute(_SQL["change_trial"], change.values(trial.time_zone))


def withdraw_trial(connection: psycopg.Connection[Any], trial_id: int) -> None:
    """Undo a trial; its key is free again. Raises NotAllowed."""
    with sentences(connection, "The trial cannot be withdrawn."):
        connection.execute(_SQL["withdraw_trial"], {"trial": trial_id})


def uninvite(connection: psycopg.Connection[Any], trial_id: int, account_id: int) -> None:
    """Take back an invitation. Raises NotAllowed, also for a guest who was never invited."""
    asked = {"trial": trial_id, "account": account_id}
    with sentences(connection, "The invitation cannot be taken back."):
        row = connection.execute(_SQL["uninvite"], asked).fetchone()
    if row is None or not row[0]:
        raise NotAllowed


def invited(connection: psycopg.Connection[Any], trial_id: int) -> Sequence[Invited]:
    """Return the guests of a trial, for those who may let them in; else nobody."""
    with connection.cursor(row_factory=class_row(Invited)) as cursor:
        return cursor.execute(_SQL["invited"], {"trial": trial_id}).fetchall()
