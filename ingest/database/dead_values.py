"""Marks what a dead device sent, whichever of its readings came first."""

from datetime import datetime

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ingest.database.stored_rows import stored_rows
from ingest.decoding.columns import Rows, joined
from ingest.decoding.point import BEGINNING_US
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from ingest.quality.dead_values import dead
from schemas.queries import queries

_SQL = queries("ingest")


async def mark_dead(
    connection: asyncpg.Connection, rows: Rows, points: Points
) -> tuple[NDArray[np.bool_], Rows, NDArray[np.bool_]]:
    """Return which rows are dead; stored rows of the same moments, and which of those are.

    The database is asked about moments of which something may be stored already. Raises asyncpg's
    errors.
    """
    device = points.devices.of(rows.point_id)
    nothing = stored_rows([])
    if not points.devices.count or (device < 0).all():
        return np.zeros(len(rows), bool), nothing, np.zeros(0, bool)
    newest_us = await _newest_us(connection, device, points)
    is_open = (device >= 0) & (rows.ts_us <= newest_us[device])
    stored = await _stored(connection, rows, device, is_open, points) if is_open.any() else nothing
    if not ((rows.value == 0.0) | is_open).any():
        return np.zeros(len(rows), bool), nothing, np.zeros(0, bool)
    found = dead(joined(rows, stored), points)
    return found[: len(rows)], stored, found[len(rows) :]


async def _newest_us(
    connection: asyncpg.Connection, device: NDArray[np.int32], points: Points
) -> NDArray[np.int64]:
    """Return up to when something of each device that occurs is stored."""
    found = np.full(points.devices.count, BEGINNING_US)
    members, numbers = points.devices.members(np.unique(device[device >= 0]))
    records = await connection.fetch(_SQL["newest_of_devices"], members.tolist(), numbers.tolist())
    for record in records:
        found[record["device"]] = record["newest_us"]
    return found


async def _stored(
    connection: asyncpg.Connection,
    rows: Rows,
    device: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    points: Points,
) -> Rows:
    """Return what is stored of the moments of the open rows, but under their own keys."""
    ids: list[int] = []
    moments: list[datetime] = []
    pairs = np.unique(np.stack((device[is_open], rows.ts_us[is_open]), axis=1), axis=0)
    for number, ts_us in pairs.tolist():
        members = points.devices.members(np.array([number]))[0].tolist()
        ids += members
        moments += [aware(ts_us)] * len(members)
    await connection.execute(_SQL["plan_with_bounds"])
    bounds = min(moments), max(moments)
    found = stored_rows(await connection.fetch(_SQL["at_moments"], ids, moments, *bounds))
    own = set(zip(rows.point_id.tolist(), rows.ts_us.tolist(), strict=True))
    keys = zip(found.point_id.tolist(), found.ts_us.tolist(), strict=True)
    return found.take(np.array([key not in own for key in keys], bool))
