"""The values of a calculated point over a stretch of time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.calculation.plan import Period, Plan, PlannedInput
from ingest.calculation.stretches import Stretch
from ingest.decoding.columns import Rows, concatenated, rows_of
from schemas.formula.binding import Input
from schemas.formula.evaluation import values_at
from schemas.quality import Qc, stored_status
from schemas.status_codes import BAD, GOOD

# OPC UA Part 8: derived from several sources, of which fewer than required are good.
UNCERTAIN_SUB_NORMAL = 0x4096_0000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_STATUS_GOOD, _STATUS_UNCERTAIN, _STATUS_BAD = map(stored_status, (GOOD, UNCERTAIN_SUB_NORMAL, BAD))


@dataclass(frozen=True)
class Series:
    """Readings of one point as columns, in order of time; a value that there is not is NaN."""

    ts_us: Ints
    value: Floats
    qc: NDArray[np.int16]


NO_ROWS = rows_of((), ())
NOTHING = Series(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int16))


def calculated(
    plan: Plan, series: Mapping[int, Series], stretch: Stretch, received_us: int
) -> Rows:
    """Return what a point's readings in a stretch must be.

    There is one at each moment at which an input has a reading while all inputs have one that still
    stands. It is as good as the worst of those. `series` must hold for each input what was read in
    the time, and before it as long as a reading stands. Checks are not run yet.
    """
    parts = [
        _of_period(period, series, stretch, received_us)
        for period in plan.periods
        if period.from_us <= stretch.to_us and stretch.from_us < period.to_us
    ]
    return parts[0] if len(parts) == 1 else concatenated([NO_ROWS, *parts])


def _of_period(
    period: Period, series: Mapping[int, Series], stretch: Stretch, received_us: int
) -> Rows:
    read = {each.input: series.get(each.point_id, NOTHING) for each in period.inputs}
    lowest_us, highest_us = (
        max(stretch.from_us, period.from_us),
        min(stretch.to_us, period.to_us - 1),
    )
    moments = np.unique(np.concatenate([one.ts_us for one in read.values()]))
    moments = moments[(moments >= lowest_us) & (moments <= highest_us)]
    places = {
        each.input: np.searchsorted(read[each.input].ts_us, moments, side="right") - 1
        for each in period.inputs
    }
    stands = np.ones(len(moments), bool)
    for each in period.inputs:
        stands &= _stands(each, read[each.input], places[each.input], moments)
    moments = moments[stands]
    if not len(moments):
        return NO_ROWS
    places = {name: place[stands] for name, place in places.items()}
    ways = {each.input: each.way for each in period.inputs}

    def means(point: Input) -> Floats:
        value, way = read[point].value[places[point]], ways[point]
        return value * way.scale + way.offset

    value = np.broadcast_to(values_at(period.formula, means), moments.shape)
    worst = np.max([read[name].qc[place] for name, place in places.items()], axis=0)
    return _rows(stretch.point_id, moments, value, worst, received_us)


def _stands(each: PlannedInput, read: Series, place: Ints, moments: Ints) -> NDArray[np.bool_]:
    """Mark the moments at which a reading is there that is not too old."""
    if not len(read.ts_us):
        return np.zeros(len(moments), bool)
    found: NDArray[np.bool_] = (place >= 0) & (moments - read.ts_us[place] <= each.held_us)
    return found


def _rows(
    point_id: int, moments: Ints, value: Floats, worst: NDArray[np.int16], received_us: int
) -> Rows:
    count = len(moments)
    # A value that stands in spite of an input without one is not a good one.
    uncertain = (worst == Qc.SUSPECT) | (worst == Qc.MISSING)
    status = np.where(uncertain, _STATUS_UNCERTAIN, _STATUS_GOOD)
    status = np.where((worst == Qc.FAIL) | np.isnan(value), _STATUS_BAD, status)
    return Rows(
        point_id=np.full(count, point_id, np.int32),
        ts_us=moments,
        value=value,
        status=status.astype(np.int16),
        qc=worst,
        checks=np.zeros(count, np.int32),
        received_us=np.full(count, received_us, np.int64),
        source=np.zeros(count, np.int32),
    )
