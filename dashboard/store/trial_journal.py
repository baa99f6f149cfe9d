"""The journal of a trial: protocol, phases, batches, log; its end, and the end of access to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import psycopg

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
    replaces: UUID | None = None


def add_entry(connection: psycopg.Connection[Any], entry: NewEntry) -> UUID:
    """Write an entry as the transaction's viewer and return what pages call it.

    Raises NotAllowed, LimitReached, Superseded or EntryUnfit.
    """
    unfit = "An entry has a title of 1 to 200 characters and ends after it begins."
    public_id = uuid4()
    with sentences(connection, unfit):
        connection.execute(_SQL["add_entry"], {**vars(entry), "public_id": public_id})
    return public_id
