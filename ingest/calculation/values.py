"""The values of calculated points over stretches of time, all points at once. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.calculation.plan import Period, Plan
from ingest.calculation.readings import Ints, Lookup, Places, Readings, ranges
from ingest.calculation.stretches import Stretch
from ingest.decoding.columns import Rows, rows_of
from schemas.formula.evaluation import values_at
from schemas.quality import Qc, stored_status
from schemas.status_codes import BAD, GOOD

# OPC UA Part 8: derived from several sources, of which fewer than required are good.
UNCERTAIN_SUB_NORMAL = 0x4096_0000

Floats = NDArray[np.float64]
_STATUS_GOOD, _STATUS_UNCERTAIN, _STATUS_BAD = map(stored_status, (GOOD, UNCERTAIN_SUB_NORMAL, BAD))

NO_ROWS = rows_of((), ())


class _Task(NamedTuple):
    """A point that is calculated in one way from a moment to another, both included."""

    point_id: int
    from_us: int
    to_us: int
    period: Period


class _Inputs:
    """The inputs of all tasks, one after the other, as columns; `count` and `first` by task."""

    def __init__(self, tasks: Sequence[_Task]) -> None:
        inputs = [each for task in tasks for each in task.period.inputs]
        self.count = np.array([len(task.period.inputs) for task in tasks], np.intp)
        self.first = np.cumsum(self.count) - self.count
        self.task = np.repeat(np.arange(len(tasks)), self.count)
        self.point_id = np.array([each.point_id for each in inputs], np.int32)
        self.held_us = np.array([each.held_us for each in inputs], np.int64)
        self.scale = np.array([each.way.scale for each in inputs], np.float64)
        self.offset = np.array([each.way.offset for each in inputs], np.float64)


@dataclass(frozen=True)
class _Moments:
    """When there is a value, in order of (task, time); and what it is calculated from.

    `value` (base units) and `worst` are of the inputs; those of a moment stand in `value` from
    `first` on, in the order of its formula.
    """

    task: Places
    ts_us: Ints
    first: Places
    value: Floats
    worst: NDArray[np.int16]


def calculated(
    plans: Mapping[int, Plan],
    readings: Readings,
    stretches: Iterable[Stretch],
    received_us: int,
) -> Rows:
    """Return what the readings of points in stretches must be, in order of (point, time).

    There is one at each moment at which an input has a reading while all inputs have one that still
    stands. It is as good as the worst of those. `readings` must hold for each input what was read
    in the stretch, and the last one before it if that still stands. Checks are not run yet.
    """
    tasks = [
        _Task(
            each.point_id,
            max(each.from_us, period.from_us),
            min(each.to_us, period.to_us - 1),
            period,
        )
        for each in stretches
        for period in plans[each.point_id].periods
        if period.from_us <= each.to_us and each.from_us < period.to_us
    ]
    moments = _moments(tasks, _Inputs(tasks), readings)
    if not len(moments.ts_us):
        return NO_ROWS
    point_id = np.array([task.point_id for task in tasks], np.int32)[moments.task]
    value = _evaluated(tasks, moments)
    rows = _rows(point_id, moments, value, received_us)
    return rows.take(np.lexsort((rows.ts_us, rows.point_id)))


def _moments(tasks: Sequence[_Task], inputs: _Inputs, readings: Readings) -> _Moments:
    lookup = Lookup(readings)
    from_us = np.array([task.from_us for task in tasks], np.int64)[inputs.task]
    to_us = np.array([task.to_us for task in tasks], np.int64)[inputs.task]
    begin, end = lookup.between(inputs.point_id, from_us, to_us)
    task, ts_us = _each_once(
        np.repeat(inputs.task, end - begin), readings.ts_us[ranges(begin, end)]
    )
    count = inputs.count[task]
    own = ranges(inputs.first[task], inputs.first[task] + count)
    moment_us = np.repeat(ts_us, count)
    place = lookup.last(inputs.point_id[own], moment_us)
    stands = place >= 0
    stands[stands] = (moment_us - readings.ts_us[place])[stands] <= inputs.held_us[own][stands]
    first = np.cumsum(count) - count
    whole = np.logical_and.reduceat(stands, first) if len(first) else np.zeros(0, bool)
    kept = np.repeat(whole, count)
    place, own, count = place[kept], own[kept], count[whole]
    first = np.cumsum(count) - count
    qc = readings.qc[place]
    return _Moments(
        task[whole],
        ts_us[whole],
        first,
        readings.value[place] * inputs.scale[own] + inputs.offset[own],
        np.maximum.reduceat(qc, first) if len(first) else qc,
    )


def _each_once(task: Places, ts_us: Ints) -> tuple[Places, Ints]:
    order = np.lexsort((ts_us, task))
    task, ts_us = task[order], ts_us[order]
    is_new = (np.diff(task, prepend=-1) != 0) | (np.diff(ts_us, prepend=0) != 0)
    return task[is_new], ts_us[is_new]


def _evaluated(tasks: Sequence[_Task], moments: _Moments) -> Floats:
    """Return the value at each moment; formulas that differ in their points only are one."""
    number: dict[str, int] = {}
    shape = np.array([number.setdefault(task.period.shape, len(number)) for task in tasks])
    of_moment = shape[moments.task]
    value = np.full(len(moments.ts_us), np.nan)
    for each in np.unique(of_moment):
        there = np.flatnonzero(of_moment == each)
        period = tasks[moments.task[there[0]]].period
        columns = {
            one.input: moments.value[moments.first[there] + place]
            for place, one in enumerate(period.inputs)
        }
        value[there] = values_at(period.formula, columns.__getitem__)
    return value


def _rows(point_id: NDArray[np.int32], moments: _Moments, value: Floats, received_us: int) -> Rows:
    count, worst = len(value), moments.worst
    # A value that stands in spite of an input without one is not a good one.
    uncertain = (worst == Qc.SUSPECT) | (worst == Qc.MISSING)
    status = np.where(uncertain, _STATUS_UNCERTAIN, _STATUS_GOOD)
    status = np.where((worst == Qc.FAIL) | np.isnan(value), _STATUS_BAD, status)
    return Rows(
        point_id=point_id,
        ts_us=moments.ts_us,
        value=value,
        status=status.astype(np.int16),
        qc=worst,
        checks=np.zeros(count, np.int32),
        received_us=np.full(count, received_us, np.int64),
        source=np.zeros(count, np.int32),
    )
