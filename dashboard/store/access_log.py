"""The access log: who read, exported or changed what. A company reads what concerns its trial."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from dashboard.store.errors import limit_reached
from schemas.queries import queries
from schemas.visible_text import one_line

OBJECT_MAX_CHARACTERS = 200
CLIENT_MAX_CHARACTERS = 100
DETAIL_MAX_BYTES = 3_500  # as JSON; the column takes 4 000 in its own form
READ_AGAIN_AFTER_S = 15 * 60.0

_SQL = queries("access")


class Action(StrEnum):
    """What a viewer does; signing in and out is logged by the gate."""

    READ = "read"
    EXPORT = "export"
    EXPORT_FAILED = "export_failed"
    NOTE = "note"
    CHANGE = "change"
    REFUSED = "refused"


@dataclass(frozen=True)
class Entry:
    """A line of the log as a viewer sees it; `client` is None unless it is the viewer's own."""

    entry_id: int
    at: datetime
    who: str | None
    role: str | None
    action: str
    object: str
    trial_id: int | None
    detail: Mapping[str, Any]
    own: bool | None
    client: str | None


@dataclass(frozen=True)
class AuditEvent:
    """Something to be logged: what was done to which page, point or file, of which trial.

    Its texts may be anything that somebody sent: they are made printable, and cut to fit.
    """

    action: Action
    object: str = ""
    trial_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    client: str | None = None


def record(connection: psycopg.Connection[Any], event: AuditEvent) -> None:
    """Log an event of the viewer, in its transaction; the database says who and when.

    Raises psycopg.errors.InsufficientPrivilege for a dead viewer or a trial that it does not see,
    LimitReached for one that does too much; either ends the transaction.
    """
    _write(
        connection,
        "record",
        {
            "action": event.action,
            "object": one_line(event.object)[:OBJECT_MAX_CHARACTERS],
            "trial": event.trial_id,
            "detail": Jsonb(_bounded(event.detail)),
            "client": event.client and one_line(event.client)[:CLIENT_MAX_CHARACTERS],
        },
    )


def record_read(
    connection: psycopg.Connection[Any], page: str, trial_id: int, client: str | None
) -> None:
    """Log that the viewer read a page of a trial, once in READ_AGAIN_AFTER_S.

    Raises what `record` raises.
    """
    _write(
        connection,
        "record_read",
        {
            "object": page,
            "trial": trial_id,
            "client": client and one_line(client)[:CLIENT_MAX_CHARACTERS],
            "again_after_s": READ_AGAIN_AFTER_S,
        },
    )


def _write(connection: psycopg.Connection[Any], query: str, values: Mapping[str, Any]) -> None:
    try:
        connection.execute(_SQL[query], values)
    except psycopg.errors.ConfigurationLimitExceeded as error:
        raise limit_reached(error) from None


def entries(
    connection: psycopg.Connection[Any], *, trial_id: int | None = None, limit_entries: int = 200
) -> list[Entry]:
    """Return the newest entries that the viewer may see, of one trial or of everything."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            _SQL["entries"], {"trial": trial_id, "limit": limit_entries}
        ).fetchall()


def _bounded(detail: Mapping[str, Any]) -> Any:
    """Return the detail with its texts cut as far as it needs to fit."""
    limit_characters = OBJECT_MAX_CHARACTERS
    while True:
        fitted = _fitted(detail, limit_characters)
        written = json.dumps(fitted, ensure_ascii=False)
        if limit_characters == 0 or len(written.encode()) <= DETAIL_MAX_BYTES:
            return fitted
        limit_characters //= 2


def _fitted(value: Any, limit_characters: int) -> Any:
    if isinstance(value, str):
        return one_line(value)[:limit_characters]
    if isinstance(value, Mapping):
        return {key: _fitted(one, limit_characters) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_fitted(one, limit_characters) for one in value]
    return value
