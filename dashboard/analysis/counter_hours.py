"""A totaliser hour by hour: which hours say all that its readings say, and which must be read.

An hour in which a counter only rises says all by its first and its last reading. Whatever could
hide a fall, a rise that no meter can make or another instrument is read reading by reading, so that
counting from hours gives what counting from all readings gives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.counter import BACK_SHARE, BUSIER_FACTOR, NOISE_SHARE
from dashboard.analysis.meter import HOUR_MS, Floats, Ints, Meter, Readings

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Hours:
    """The hours of a counter in which it has readings that are not FAIL, in order of time.

    `x_ms` is the begin of an hour, `n` the number of its readings; the rest are its first, last,
    smallest and largest reading, and when the first and the last were read.
    """

    x_ms: Floats
    n: Ints
    first_ms: Floats
    first: Floats
    last_ms: Floats
    last: Floats
    low: Floats
    high: Floats


def doubtful(hours: Hours, meter: Meter) -> Bools:
    """Return which hours must be read reading by reading. One of two readings hides nothing."""
    limits = meter.limits(hours.last_ms, hours.last_ms)
    noise = np.where(np.isfinite(limits), NOISE_SHARE * limits, 0.0)
    odd = (hours.low < hours.first - noise) | (hours.high > hours.last + noise)
    odd |= hours.high - hours.low > limits
    odd |= hours.last - hours.first > BACK_SHARE * np.abs(hours.last)
    # In so long a time it may have been round: only its readings tell.
    could = BUSIER_FACTOR * meter.busy(hours.first_ms, hours.last_ms)
    odd |= could >= meter.turns(hours.first_ms)
    for changes in (meter.exchanged_ms, meter.starts_ms):
        odd |= np.searchsorted(changes, hours.first_ms, side="right") < np.searchsorted(
            changes, hours.last_ms, side="right"
        )
    between = hours.first[1:] - hours.last[:-1]
    edge = (between < 0) | (between > meter.limits(hours.last_ms[:-1], hours.first_ms[1:]))
    # What is taken back may begin in the hour before or end in the hour after.
    beside = odd.copy()
    beside[1:] |= odd[:-1] | edge
    beside[:-1] |= odd[1:] | edge
    return beside & (hours.n > 2)


def joined(hours: Hours, read: Bools, exact: Readings) -> Readings:
    """Return the readings that matter: all of the hours in `read`, first and last of the others.

    `exact` are the readings that were read, and may hold more than those hours.
    """
    plain = ~read
    several = plain & (hours.n > 1)
    x_ms = np.concatenate([hours.first_ms[plain], hours.last_ms[several], exact.x_ms])
    value = np.concatenate([hours.first[plain], hours.last[several], exact.value])
    n = np.concatenate([np.ones(int(plain.sum()), dtype=np.int64), hours.n[several] - 1, exact.n])
    # Where a reading comes from both sides, the exact one stands for itself alone.
    order = np.lexsort((n, x_ms))
    x_ms, value, n = x_ms[order], value[order], n[order]
    single = np.concatenate([[True], np.diff(x_ms) > 0]) if x_ms.size else np.array([], dtype=bool)
    return Readings(x_ms[single], value[single], n[single])


def hour_of(x_ms: float) -> float:
    """Return the begin of the hour of a moment, both in milliseconds since 1970 UTC."""
    return x_ms // HOUR_MS * HOUR_MS
