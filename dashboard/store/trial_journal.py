"""The journal of a trial: protocol, phases, batches, log; its end, and the end of access to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg
from psycopg.rows import class_row

from dashboard.store.errors import sentences
from schemas.queries import queries

_SQL = queries("trial_book")


class Kind(StrEnum):
    """What an entry is. END and REVOKE change what others see and are an engineer's to write."""

    PROTOCOL = "protocol"
    PHASE = "phase"
    BATCH = "batch"
    LOG = "log"
    END = "end"
    """No data of the trial from that moment on."""
    REVOKE = "revoke"
    """No access of company and guests from that moment on, whatever was agreed."""


@dataclass(frozen=True)
class NewEntry:
    """An entry to be written; `replaces` is one of the same trial and kind."""

    trial_id: int
    kind: Kind
    title: str
    from_at: datetime
    to_at: datetime | None = None
    body: str = ""
    replaces: int | None = None


@dataclass(frozen=True)
class Entry:
    """An entry as a viewer sees it; one that was replaced is not shown."""

    entry_id: int
    trial_id: int
    kind: str
    title: str
    body: str
    from_at: datetime
    to_at: datetime | None
    author: str
    author_role: str
    own: bool | None
    written_at: datetime


def add_entry(connection: psycopg.Connection[Any], entry: NewEntry) -> None:
    """Write an entry as the transaction's viewer. Raises NotAllowed or EntryUnfit."""
    unfit = "An entry has a title of 1 to 200 characters and ends after it begins."
    with sentences(connection, unfit):
        connection.execute(_SQL["add_entry"].encode(), vars(entry))


def entries(connection: psycopg.Connection[Any], trial_id: int) -> Sequence[Entry]:
    """Return the journal of a trial, in order of time; empty if it is not the viewer's."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(_SQL["entries"].encode(), {"trial": trial_id}).fetchall()
