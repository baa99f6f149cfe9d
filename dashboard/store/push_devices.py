"""The browsers in which a person is told of alarms: their own, and no others.

Each that writes raises NotAllowed (no staff, or somebody else's), LimitReached or EntryUnfit.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from dashboard.store.errors import NotAllowed, sentences
from schemas.queries import queries

_SQL = queries("push")


@dataclass(frozen=True)
class OwnDevice:
    """A browser of the viewer; `server_key` is our key as it knows it."""

    subscription_id: int
    label: str
    created_at: datetime
    server_key: str
    digest: str


@dataclass(frozen=True)
class NewDevice:
    """A browser as it says itself: where it takes messages, and for which keys."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    language: str
    label: str


def own(connection: psycopg.Connection[Any]) -> Sequence[OwnDevice]:
    """Return the browsers of the transaction's viewer, the oldest first."""
    with connection.cursor(row_factory=class_row(OwnDevice)) as cursor:
        return cursor.execute(_SQL["own"]).fetchall()


def subscribe(connection: psycopg.Connection[Any], device: NewDevice, server_key: str) -> None:
    """Let the viewer be told in a browser; one that told somebody else tells the viewer now."""
    with sentences(connection, "This is no browser that can be told."):
        connection.execute(_SQL["subscribe"], {**asdict(device), "server_key": server_key})


def renew(
    connection: psycopg.Connection[Any], old: str, device: NewDevice, server_key: str
) -> None:
    """Put a browser in the place of one of the viewer's own, of which `old` is the digest."""
    known = next((one for one in own(connection) if one.digest == old), None)
    if known is None:
        raise NotAllowed
    end(connection, known.subscription_id)
    subscribe(connection, replace(device, label=known.label), server_key)


def end(connection: psycopg.Connection[Any], subscription: int) -> None:
    """End one of the viewer's own."""
    with sentences(connection, ""):
        connection.execute(_SQL["end"], {"subscription": subscription})
