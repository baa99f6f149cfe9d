"""Marks what a dead device sent, whichever of its readings came first."""

from typing import NamedTuple

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ingest.database.rollup import HOUR_US
from ingest.database.stored_rows import is_among, no_stored_rows, stored_rows
from ingest.decoding.columns import Rows, joined
from ingest.decoding.point import BEGINNING_US
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware
from ingest.quality.dead_values import LEAST_VALUES, dead
from schemas.queries import queries

_SQL = queries("ingest")

Mask = NDArray[np.bool_]


class _Moments(NamedTuple):
    """Moments of devices: the number of the device and the time of each."""

    device: NDArray[np.int32]
    ts_us: NDArray[np.int64]

    def take(self, index: Mask) -> "_Moments":
        return _Moments(self.device[index], self.ts_us[index])


class _Members(NamedTuple):
    """The points of devices, rising, with the device of each.

    Near the moments that are asked about, some `can_be_zero`, and of those some `can_be_dead`.
    """

    point_id: NDArray[np.int32]
    device: NDArray[np.int32]
    can_be_zero: Mask
    can_be_dead: Mask


async def mark_dead(
    connection: asyncpg.Connection, rows: Rows, points: Points
) -> tuple[Mask, Rows, Mask]:
    """Return which rows are dead; stored rows of the same moments, and which of those are.

    The database is asked about moments of which something may be stored already. Raises asyncpg's
    errors.
    """
    device = points.devices.of(rows.point_id)
    nothing = no_stored_rows()
    if not points.devices.count or (device < 0).all():
        return np.zeros(len(rows), bool), nothing, np.zeros(0, bool)
    newest_us = await _newest_us(connection, device, points)
    is_open = (device >= 0) & (rows.ts_us <= newest_us[device])
    stored = nothing
    if is_open.any():
        stored = await _stored(connection, rows.take(is_open), points)
        stored = stored.take(~is_among(stored, rows))
    if not ((rows.value == 0.0).any() or len(stored)):
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


async def _stored(connection: asyncpg.Connection, rows: Rows, points: Points) -> Rows:
    """Return what is stored and decides about open rows, or is decided about by them.

    A measured value that is not zero brings back to life what is stored as dead. Where only zeros
    came, those that are stored count, and if they are enough everything else of the moment.
    """
    device = points.devices.of(rows.point_id)
    pairs = np.stack((device.astype(np.int64), rows.ts_us), axis=1)
    keys, moment = np.unique(pairs, axis=0, return_inverse=True)
    moments = _Moments(keys[:, 0].astype(np.int32), keys[:, 1])
    is_zero = rows.value == 0.0
    lives = points.devices.measures(rows.point_id) & ~np.isnan(rows.value) & ~is_zero
    is_alive = np.bincount(moment.reshape(-1), lives, len(keys)) > 0
    zeros = np.bincount(moment.reshape(-1), is_zero, len(keys))
    members = await _members(connection, moments, points)
    is_zero_only = ~is_alive & (zeros > 0)
    first = joined(
        await _at(connection, moments.take(is_alive), members, members.can_be_dead),
        await _at(connection, moments.take(is_zero_only), members, members.can_be_zero),
    )
    zeros += _zeros_of(first, moments, points)
    suspicious = moments.take(is_zero_only & (zeros >= LEAST_VALUES))
    others = await _at(connection, suspicious, members, ~members.can_be_zero)
    return joined(first, others)


def _zeros_of(stored: Rows, moments: _Moments, points: Points) -> NDArray[np.intp]:
    """Return how many stored zeros belong to each moment."""
    keys = zip(moments.device.tolist(), moments.ts_us.tolist(), strict=True)
    place = {key: number for number, key in enumerate(keys)}
    device = points.devices.of(stored.point_id).tolist()
    keys = zip(device, stored.ts_us.tolist(), strict=True)
    found = np.array([place[key] for key in keys], np.intp)
    return np.bincount(found[stored.value == 0.0], minlength=len(moments.ts_us))


async def _members(connection: asyncpg.Connection, moments: _Moments, points: Points) -> _Members:
    """Return the points of the devices; what they can be is told by the rollups of those hours."""
    point_id, device = points.devices.members(np.unique(moments.device))
    first_us, last_us = int(moments.ts_us.min()), int(moments.ts_us.max())
    bounds = aware(first_us - first_us % HOUR_US), aware(last_us)
    await connection.execute(_SQL["plan_with_bounds"])
    records = await connection.fetch(_SQL["hours_with_zeros"], point_id.tolist(), *bounds)
    zero = np.array([record["point_id"] for record in records], np.int32)
    unused = [record["point_id"] for record in records if record["has_unused"]]
    can_be_dead = np.isin(point_id, np.array(unused, np.int32))
    # Zero in one unit is none in another.
    can_be_zero = np.isin(point_id, zero) | points.is_converted(point_id)
    return _Members(point_id, device, can_be_zero, can_be_dead)


async def _at(
    connection: asyncpg.Connection, moments: _Moments, members: _Members, chosen: Mask
) -> Rows:
    """Return what is stored of some members at moments of their devices."""
    if not len(moments.ts_us) or not chosen.any():
        return no_stored_rows()
    ts_us = moments.ts_us.tolist()
    columns = await connection.fetchrow(
        _SQL["at_moments"],
        members.point_id[chosen].tolist(),
        members.device[chosen].tolist(),
        moments.device.tolist(),
        [aware(us) for us in ts_us],
        aware(min(ts_us)),
        aware(max(ts_us)),
    )
    return stored_rows(columns)
