"""Rollups made anew where readings were corrected, each bucket in the unit of its begin."""

from collections.abc import Sequence

import asyncpg

from ingest.decoding.points import Points
from ingest.decoding.timestamps import DAY_US, aware
from schemas.queries import queries

_SQL = queries("change")


async def rebuild(
    connection: asyncpg.Connection, points: Points, spans: Sequence[tuple[int, int, int]]
) -> None:
    """Make all rollups and `latest` anew that corrected readings are in.

    In the transaction of the correction, and after it. Raises asyncpg's errors.

    Args:
        connection: In a transaction.
        points: All points as they are described.
        spans: Point, first and last device time in microseconds since 1970 UTC.
    """
    if not spans:
        return
    ids, first, last = zip(*spans, strict=True)
    begins, ends = list(map(aware, first)), list(map(aware, last))
    await connection.execute(_SQL["rebuild_buckets"], list(ids), begins, ends)
    for point_id, first_us, last_us in spans:
        starts_us, scales, offsets = points.units_of(point_id)
        for moment_us in starts_us[1:]:
            # A local day begins and ends within 26 hours.
            if first_us - 26 * DAY_US // 24 <= moment_us <= last_us + 26 * DAY_US // 24:
                starts = [aware(starts_us[1]), *map(aware, starts_us[1:])]
                await connection.execute(
                    _SQL["rebuild_rollups"], point_id, aware(moment_us), starts, scales, offsets
                )
