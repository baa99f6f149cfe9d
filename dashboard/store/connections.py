"""Asks how messages come to us: the processes that carry them, and the senders of each line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from dashboard.analysis.ingest_health import ToldState
from schemas.queries import queries

_SQL = queries("data_health")


@dataclass(frozen=True)
class Sender:
    """What sends for a line: its gateway. Of what a viewer does not see nothing counts.

    `delay_s` is the median from the stamp to the reception, None where the time is ours.
    """

    line: str
    points: int
    heard_at: datetime | None
    delay_s: float | None
    missing: int


def ingest_states(connection: psycopg.Connection[Any]) -> Sequence[ToldState]:
    """Return how each process of the ingest told that it is; none for who sees no whole site."""
    with connection.cursor(row_factory=class_row(ToldState)) as cursor:
        return cursor.execute(_SQL["list_ingest_states"]).fetchall()


def senders(connection: psycopg.Connection[Any], site: str) -> Sequence[Sender]:
    """Return the senders of a site."""
    with connection.cursor(row_factory=class_row(Sender)) as cursor:
        return cursor.execute(_SQL["list_senders"], {"site": site}).fetchall()
