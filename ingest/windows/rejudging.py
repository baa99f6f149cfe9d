"""Stored readings whose windows have changed, judged anew in portions."""

from dataclasses import replace

import asyncpg
import numpy as np

from ingest.database.changes import note
from ingest.database.connection import ANNOUNCE
from ingest.database.rebuild import rebuild
from ingest.database.staging import copy_verdicts
from ingest.database.stored_rows import stored_rows
from ingest.database.windows import current_windows
from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from ingest.quality.memory import Memory
from ingest.quality.verdicts import verdicts
from ingest.quality.windows import Windows
from schemas.quality import OF_WINDOWS
from schemas.queries import queries

PORTION_LIMIT_ROWS = 20_000

_INGEST_SQL = queries("ingest")
_SQL = queries("windows")


async def rejudge_next(connection: asyncpg.Connection, points: Points, memory: Memory) -> bool:
    """Judge a portion of what is due in one transaction; tell whether anything was.

    `memory` is of this connection. Raises asyncpg's errors; then nothing has happened.
    """
    async with connection.transaction():
        # In the order of the writer: first the site, then the points, then what it touches of them.
        await connection.execute(_INGEST_SQL["share_site"])
        due = await connection.fetchrow(_SQL["next_due"])
        if due is None:
            return False
        point_id = due["point_id"]
        await connection.fetch(_INGEST_SQL["lock_points"], [point_id])
        await connection.execute(_INGEST_SQL["plan_with_bounds"])
        records = await connection.fetch(
            _SQL["stored_readings"], point_id, due["starts_at"], due["ends_at"], PORTION_LIMIT_ROWS
        )
        rows = stored_rows(records)
        memory.windows = await current_windows(connection, memory.windows, due["starts_us"])
        changed = _marked_anew(rows, memory.windows)
        if len(changed):
            await _store(connection, changed, points)
        if len(rows) < PORTION_LIMIT_ROWS:
            await connection.execute(_SQL["forget_due"], due["due_id"])
        else:
            after = aware(int(rows.ts_us[-1]) + 1)
            await connection.execute(_SQL["shorten_due"], due["due_id"], after)
    return True


def _marked_anew(rows: Rows, windows: Windows) -> Rows:
    """Return the rows that windows mark otherwise than they are marked, as they must be."""
    checks = (rows.checks & ~np.int32(OF_WINDOWS)) | windows.marks(rows)
    changed = checks != rows.checks
    return replace(rows, checks=checks, qc=verdicts(checks)).take(changed)


async def _store(connection: asyncpg.Connection, rows: Rows, points: Points) -> None:
    """Store the verdicts of rows of one point, with all that is made from them."""
    first_us, last_us = int(rows.ts_us[0]), int(rows.ts_us[-1])
    await copy_verdicts(connection, rows)
    await connection.execute(_INGEST_SQL["correct_readings"], aware(first_us), aware(last_us))
    await connection.execute(_INGEST_SQL["clear_verdicts"])
    await rebuild(connection, points, [(int(rows.point_id[0]), first_us, last_us)])
    await note(connection, rows)
    await connection.execute(ANNOUNCE)
