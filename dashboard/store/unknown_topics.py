"""What arrived and is in no site file, for whoever describes the plant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from dashboard.store.plant import Plant
from schemas.queries import queries

MESSAGES_LIMIT_ROWS = 2_000
PAYLOAD_LIMIT_BYTES = 65_536
PAYLOADS_LIMIT_BYTES = 1_000_000  # of one line, together

_SQL = queries("unknown_topics")


@dataclass(frozen=True)
class UnknownTopics:
    """Messages that wait, what mappings leave unread, and what `site` has.

    `waiting` are (topic, payload, times, last seen), lines and topics in turn; `unread` (site,
    mapping, pointer, topic, times, last seen); `lines` (site, line); `points` (site, line, point).
    """

    site: str
    waiting: Sequence[tuple[str, bytes, int, datetime]]
    unread: Sequence[tuple[str, str, str, str, int, datetime]]
    lines: frozenset[tuple[str, str]]
    points: frozenset[tuple[str, str, str]]


# Makes the lines of a site file of what arrived.
Suggest = Callable[[UnknownTopics], Sequence[str]]


def unknown_topics(connection: psycopg.Connection[Any], plant: Plant) -> UnknownTopics:
    """Return what arrived for a plant and is unknown, as far as the viewer may see it."""
    asked = {
        "site": plant.key,
        "limit_rows": MESSAGES_LIMIT_ROWS,
        "payload_limit_bytes": PAYLOAD_LIMIT_BYTES,
        "payloads_limit_bytes": PAYLOADS_LIMIT_BYTES,
    }
    return UnknownTopics(
        plant.key,
        [(*row,) for row in connection.execute(_SQL["waiting"], asked)],
        [(*row,) for row in connection.execute(_SQL["unread"], asked)],
        frozenset((*row,) for row in connection.execute(_SQL["lines"], asked)),
        frozenset((point.site, point.line, point.key) for point in plant.points.values()),
    )
