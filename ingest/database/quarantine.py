"""Messages that could not be stored, kept raw with the reason, until somebody can store them."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from ingest.database.stream_store import as_text
from ingest.decoding.acceptance import QuarantineLimits
from ingest.decoding.message import Message
from ingest.decoding.rejection import Reason, Rejection
from ingest.decoding.senders import sender_of
from ingest.decoding.timestamps import aware
from ingest.decoding.topics import TopicTable
from ingest.limits.limit import EVERYBODY, IngestLimit
from schemas.queries import queries

DETAIL_LIMIT_CHARS = 2_000
STATEMENT_LIMIT_ROWS = 100  # their parameters are put together at one go, and others wait for that
ROW_BYTES = 500  # of a share, beside topic and payload; as the database counts in quarantine_size()
OVER_QUOTA = "over_quota"  # no reason of its own: what is counted so is not kept
LIMITS = {  # whose refusals are kept, with the reason
    Reason.TOO_LARGE.value: IngestLimit.PAYLOAD_BYTES,
    Reason.STAMP_TOO_OLD.value: IngestLimit.STAMP_TOO_OLD,
    Reason.STAMP_IN_FUTURE.value: IngestLimit.STAMP_IN_FUTURE,
}

_SQL = queries("quarantine")


class Kept(NamedTuple):
    """How many messages of each reason there were, and what limits refused, with whom."""

    reasons: Counter[str]
    refused: Counter[tuple[IngestLimit, str]]


class QuarantineRow(NamedTuple):
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
    sender: str

    def merged_with(self, other: "QuarantineRow") -> "QuarantineRow":
        """Return one row for two sightings of the same; one that came live is the first."""
        first = min(self, other, key=lambda each: (each.retained, each.first_seen))
        return self._replace(
            first_seen=first.first_seen,
            last_seen=max(self.last_seen, other.last_seen),
            times=self.times + other.times,
            retained=first.retained,
            stream_order=first.stream_order,
        )

    @property
    def size_bytes(self) -> int:
        """What the row counts of the share of its sender."""
        return len(self.topic.encode()) + len(self.payload) + ROW_BYTES

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
    topics: TopicTable,
) -> Kept:
    """Put rejected messages into quarantine, in the caller's transaction.

    `rejected` pairs an index of `messages` with what was wrong. One that is there already is
    counted there. Beyond the share of its sender, or of all, a message is counted as OVER_QUOTA and
    not kept.
    """
    rejected = list(rejected)
    if not rejected:
        return Kept(Counter(), Counter())
    # In a thread: whoever sends much that cannot be read may not hold up what is stored beside it.
    merged, reasons = await asyncio.to_thread(_merged, messages, rejected, topics)
    refused: Counter[tuple[IngestLimit, str]] = Counter()
    for row in merged.values():
        if row.reason in LIMITS:
            refused[LIMITS[row.reason], row.sender] += row.times
    for digest, limit in (await _refused(connection, merged, topics.limits.quarantine)).items():
        row = merged.pop(digest)
        reasons[row.reason] -= row.times
        reasons[OVER_QUOTA] += row.times
        refused[limit, row.sender] += row.times
    ordered = sorted(merged.items())  # in one order everywhere: no two writers can deadlock
    for start in range(0, len(ordered), STATEMENT_LIMIT_ROWS):
        part = ordered[start : start + STATEMENT_LIMIT_ROWS]
        columns = zip(*((digest, *row) for digest, row in part), strict=True)
        await connection.execute(_SQL["keep"], *columns)
    expired = await connection.fetchval(_SQL["expire"], topics.limits.quarantine.keep_days)
    refused[IngestLimit.QUARANTINE_DAYS, EVERYBODY] += expired
    return Kept(+reasons, +refused)


def _merged(
    messages: Sequence[Message], rejected: Iterable[tuple[int, Rejection]], topics: TopicTable
) -> tuple[dict[bytes, QuarantineRow], Counter[str]]:
    """Return the rows of rejected messages by their identities, and how many of each reason."""
    details: dict[tuple[int, Reason], list[str]] = {}
    for index, rejection in rejected:
        details.setdefault((index, rejection.reason), []).append(rejection.detail)
    merged: dict[bytes, QuarantineRow] = {}
    reasons: Counter[str] = Counter()
    for (index, reason), parts in details.items():
        message = messages[index]
        seen = aware(message.received_us)
        row = QuarantineRow(
            storable(message.topic),
            message.payload,
            reason.value,
            _joined(parts),
            seen,
            seen,
            1,
            message.retained,
            as_text(message.order),
            storable(sender_of(message.topic, topics)),
        )
        digest = row.digest
        merged[digest] = row.merged_with(merged[digest]) if digest in merged else row
        reasons[row.reason] += 1
    return merged, reasons


async def _refused(
    connection: asyncpg.Connection, rows: Mapping[bytes, QuarantineRow], limits: QuarantineLimits
) -> dict[bytes, IngestLimit]:
    """Return the identities for which a limit has no room, and count them for their senders."""
    known = {row["digest"] for row in await connection.fetch(_SQL["known"], list(rows))}
    usage = Counter({row["sender"]: row["bytes"] for row in await connection.fetch(_SQL["usage"])})
    refused: dict[bytes, IngestLimit] = {}
    for digest, row in rows.items():
        if digest in known:
            continue
        if usage[row.sender] + row.size_bytes > limits.sender_limit_bytes:
            refused[digest] = IngestLimit.QUARANTINE_OF_A_SENDER
        elif usage.total() + row.size_bytes > limits.limit_bytes:
            refused[digest] = IngestLimit.QUARANTINE
        else:
            usage[row.sender] += row.size_bytes
    if refused:
        counts = sorted(Counter(rows[digest].sender for digest in refused).items())
        await connection.execute(_SQL["count_refused"], *zip(*counts, strict=True))
    return refused


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
