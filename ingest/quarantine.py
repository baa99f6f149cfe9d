"""Messages that could not be stored, kept raw with the reason, until somebody can store them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from ingest.message import Message
from ingest.rejection import Reason, Rejection
from ingest.stamps import aware
from ingest.stream_store import as_text
from schemas.queries import queries

DETAIL_LIMIT_CHARS = 2_000

_SQL = queries("quarantine")


class Kept(NamedTuple):
    """One row on its way into quarantine: a message, one reason, and how often it was seen."""

    topic: str
    payload: bytes
    reason: str
    detail: str
    first_seen: datetime
    last_seen: datetime
    times: int
    retained: bool
    stream_order: str | None

    @property
    def digest(self) -> bytes:
        """The identity of the row: sha256 of reason, topic and payload."""
        parts = (self.reason.encode(), self.topic.encode(), self.payload)
        whole = hashlib.sha256()
        for part in parts:
            whole.update(len(part).to_bytes(8))
            whole.update(part)
        return whole.digest()


async def keep(
    connection: asyncpg.Connection,
    messages: Sequence[Message],
    rejected: Iterable[tuple[int, Rejection]],
) -> Counter[str]:
    """Put rejected messages into quarantine, in the caller's transaction.

    `rejected` pairs an index of `messages` with what was wrong. Returns the number of messages of
    each reason; one that is there already is counted there.
    """
    details: dict[tuple[int, Reason], list[str]] = {}
    for index, rejection in rejected:
        details.setdefault((index, rejection.reason), []).append(rejection.detail)
    rows = []
    for (index, reason), parts in details.items():
        message = messages[index]
        seen = aware(message.received_us)
        rows.append(
            Kept(
                storable(message.topic),
                message.payload,
                reason.value,
                _joined(parts),
                seen,
                seen,
                1,
                message.retained,
                as_text(message.order),
            )
        )
    await insert(connection, rows)
    return Counter(row.reason for row in rows)


async def insert(connection: asyncpg.Connection, rows: Iterable[Kept]) -> None:
    """Insert rows; those of the same identity are merged, also with what is stored."""
    merged: dict[bytes, Kept] = {}
    for row in rows:
        digest = row.digest
        other = merged.get(digest, row)
        first = min(row, other, key=lambda each: (each.retained, each.first_seen))
        merged[digest] = row._replace(
            first_seen=first.first_seen,
            last_seen=max(row.last_seen, other.last_seen),
            times=row.times + (other.times if digest in merged else 0),
            retained=first.retained,
            stream_order=first.stream_order,
        )
    if merged:
        ordered = sorted(merged.items())  # in one order everywhere: no two writers can deadlock
        columns = zip(*((digest, *row) for digest, row in ordered), strict=True)
        await connection.execute(_SQL["keep"], *columns)


def storable(text: str) -> str:
    """Return `text` as the database can hold it: without NUL and without lone surrogates."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()


def _joined(parts: list[str]) -> str:
    """Join the details of a message, as many as fit; the rest is counted."""
    text = ""
    for number, part in enumerate(parts):
        longer = f"{text}; {part}" if text else part
        if len(longer) > DETAIL_LIMIT_CHARS:
            return storable(f"{text}; and {len(parts) - number} more")
        text = longer
    return storable(text)
