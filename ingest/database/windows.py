"""The windows that a connection knows, read anew when one has changed."""

import asyncpg

from ingest.decoding.timestamps import DAY_US, aware
from ingest.quality.windows import END_US, Windows
from schemas.quality_window import CHECKS, WindowKind
from schemas.queries import queries

# What most readings are younger than; windows of older ones are looked up.
KEPT_BACK_US = 2 * DAY_US

_SQL = queries("windows")


async def current_windows(connection: asyncpg.Connection, known: Windows, from_us: int) -> Windows:
    """Return all windows that have not ended before a moment: `known`, or those of now.

    In a transaction that shares the lock of the site, so that none changes until the commit.
    Raises asyncpg's errors.
    """
    version, now_us = await connection.fetchrow(_SQL["newest_version"])
    if version == known.version and from_us >= known.from_us:
        return known
    return await load_windows(connection, min(from_us, now_us - KEPT_BACK_US), version)


async def load_windows(connection: asyncpg.Connection, from_us: int, version: int = -1) -> Windows:
    """Return the windows that have not ended before a moment. Raises asyncpg's errors."""
    records = await connection.fetch(_SQL["spans_since"], aware(from_us))
    spans = [
        (point_id, starts_us, END_US if ends_us is None else ends_us, int(CHECKS[WindowKind(kind)]))
        for point_id, starts_us, ends_us, kind in records
    ]
    return Windows(spans, version, from_us)
