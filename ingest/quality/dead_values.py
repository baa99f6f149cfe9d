"""Dead values: all that a device sent of one moment is exactly zero. Pure."""

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.decoding.points import Points

LEAST_VALUES = 3
SURE_VALUES = 8
"""As many zeros at once are no stopped machine; fewer need one that can never be zero."""


def moments(rows: Rows, points: Points) -> NDArray[np.intp]:
    """Return for each row a number of its device and time, -1 for rows of no device."""
    device = points.devices.of(rows.point_id)
    times_us, time = np.unique(rows.ts_us, return_inverse=True)
    number = np.unique(device * np.int64(len(times_us)) + time, return_inverse=True)[1]
    return np.where(device < 0, -1, number).astype(np.intp)


def dead(rows: Rows, points: Points) -> NDArray[np.bool_]:
    """Mark the zeros of the moments at which all measurements of a device are zero."""
    number = moments(rows, points)
    size = int(number.max(initial=-1)) + 1
    is_zero = rows.value == 0.0
    counts = (number >= 0) & points.devices.measures(rows.point_id) & ~np.isnan(rows.value)
    zeros = np.bincount(number[counts & is_zero], minlength=size)
    others = np.bincount(number[counts & ~is_zero], minlength=size)
    never = counts & is_zero & points.devices.never_zero(rows.point_id)
    impossible = np.bincount(number[never], minlength=size)
    is_dead = (others == 0) & (zeros >= LEAST_VALUES) & ((impossible > 0) | (zeros >= SURE_VALUES))
    found = np.zeros(len(rows), bool)
    there = (number >= 0) & is_zero
    found[there] = is_dead[number[there]]
    return found
