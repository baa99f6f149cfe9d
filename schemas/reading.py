"""A reading: one value of one point at one device time."""

from typing import NamedTuple

VALUE_MAX = 1e300  # of any sign: sums of as many readings as there may ever be stay numbers


class Reading(NamedTuple):
    """One reading, ready to be written.

    `ts_us` and `received_us` are microseconds since 1970-01-01 UTC. `value` is in the point's unit;
    None where the source said it has none. `status`, `qc` and `checks` as in `schemas.quality`.
    The key is (point_id, ts_us).
    """

    point_id: int
    ts_us: int
    value: float | None
    status: int
    qc: int
    checks: int
    received_us: int
