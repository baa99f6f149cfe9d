"""The checks that need the readings beside one, for many points at once. Pure."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.decoding.rules import MINUTE_US, Rules
from ingest.decoding.timestamps import DAY_US
from ingest.quality.range_checks import beyond_range, usable
from ingest.quality.runs import Run
from ingest.quality.verdicts import bit
from schemas.quality import Check

GAP_LIMIT_US = 7 * DAY_US
"""After a longer silence a point begins anew."""

LOW_BANDS = 10.0
"""Up to as many times its band a signal is low, and varies little."""

RunsByPoint = MutableMapping[int, Run]


@dataclass(frozen=True)
class Usable:
    """The k rows that can be neighbours: their places among all rows, and how each hangs on.

    `is_same` says that the row before is of the same point and definition, `is_linked` that it is
    near enough, too, to say something about this one; `step` is how much higher this value is,
    `apart_us` how much later. `height` is by how much a value is on one side of both its
    neighbours at least, 0 of others; of a spike it is more than `spike`.
    """

    place: NDArray[np.intp]
    definition: NDArray[np.intp]
    is_same: NDArray[np.bool_]
    is_linked: NDArray[np.bool_]
    step: NDArray[np.float64]
    apart_us: NDArray[np.int64]
    height: NDArray[np.float64]
    spike: NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """One of the checks that look for a run within a band, by definitions.

    Up to `still_within` of zero a process stands still: a run there is one of its own, and takes
    `still_after_us`. -1: it never does. What is coarse is a run of its own, too.
    """

    check: Check
    within: NDArray[np.float64]
    after_us: NDArray[np.float64]
    still_within: NDArray[np.float64]
    still_after_us: NDArray[np.float64]
    coarse_after_us: NDArray[np.float64]
    coarse_within: NDArray[np.float64]
    break_us: NDArray[np.float64]


def bands(rules: Rules) -> tuple[Band, Band]:
    """Return the bands of the flat line and of the attenuated signal.

    What is low varies little: only what is well above its band is called attenuated, and what is
    not rests at zero.
    """
    flat, attenuated = rules.flat_within, rules.attenuated_within
    breaks = rules.run_break_after_us
    zero = np.where(rules.never_zero, -1.0, np.maximum(rules.zero_within, LOW_BANDS * flat))
    low = np.maximum(rules.zero_within, LOW_BANDS * attenuated)
    never_us = np.full_like(zero, np.inf)
    flat_us, attenuated_us = rules.flat_after_us, rules.attenuated_after_us
    coarse = (rules.coarse_after_us, rules.coarse_within)
    like_all = (attenuated_us, rules.coarse_within)
    return (
        Band(Check.FLAT_LINE, flat, flat_us, zero, rules.zero_after_us, *coarse, breaks),
        Band(Check.ATTENUATED, attenuated, attenuated_us, low, never_us, *like_all, breaks),
    )


def has_one_digit(value: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark values of a single digit: so few steps from zero that a living signal may stay there."""
    size = np.abs(value)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = size / 10.0 ** np.floor(np.log10(size))
        # As near as a number of 32 bits is to its decimal.
        found: NDArray[np.bool_] = np.abs(steps - np.rint(steps)) < 1e-6
    return found


def usable_rows(rows: Rows, points: Points) -> Usable:
    """Return what can be a neighbour among `rows`, sorted by (point_id, ts_us)."""
    definition = points.definition(rows.point_id, rows.ts_us)
    place = np.flatnonzero(usable(rows, points, definition))
    definition = definition[place]
    step = np.diff(rows.value[place], prepend=0.0)
    apart_us = np.diff(rows.ts_us[place], prepend=0)
    is_same = np.diff(rows.point_id[place], prepend=0) == 0
    is_same &= np.diff(definition, prepend=-1) == 0
    if len(place):
        is_same[0] = False
    is_linked = is_same & (apart_us <= points.rules.break_after_us[definition])
    height = np.zeros(len(place))
    sign = np.sign(step)  # a product of two wild steps has no room
    turns = is_linked[:-1] & is_linked[1:] & (sign[:-1] * sign[1:] < 0)
    height[:-1] = np.where(turns, np.minimum(np.abs(step[:-1]), np.abs(step[1:])), 0.0)
    spike = _spike_thresholds(rows.value[place], definition, points.rules)
    return Usable(place, definition, is_same, is_linked, step, apart_us, height, spike)


def _spike_thresholds(
    value: NDArray[np.float64], definition: NDArray[np.intp], rules: Rules
) -> NDArray[np.float64]:
    """Return by how much each value must stand out.

    Of what no stopped process brings to zero a single one drops out, however small the spike.
    """
    spike = rules.spike[definition]
    drops_out = (value == 0.0) & np.isfinite(rules.zero_after_us[definition]) & np.isfinite(spike)
    return np.where(drops_out, np.minimum(spike, rules.coarse_within[definition]), spike)


def neighbour_checks(rows: Rows, found: Usable, points: Points) -> NDArray[np.int32]:
    """Return spikes, rates of change, gaps and bursts of `rows`, sorted by (point_id, ts_us)."""
    rules = points.rules
    checks = np.zeros(len(rows), np.int32)
    definition, step = found.definition, found.step
    height = np.abs(step)
    fast = height > rules.rate[definition] * np.maximum(found.apart_us, MINUTE_US)
    checks[found.place] |= bit(found.is_linked & fast, Check.RATE_OF_CHANGE)
    checks[found.place[spikes(rows, found, points)]] |= np.int32(Check.SPIKE)
    follows = np.flatnonzero(np.diff(rows.point_id) == 0) + 1
    apart_us = rows.ts_us[follows] - rows.ts_us[follows - 1]
    own = points.definition(rows.point_id[follows], rows.ts_us[follows])
    is_gap = (apart_us > rules.gap_after_us[own]) & (apart_us <= GAP_LIMIT_US)
    checks[follows] |= bit(is_gap, Check.GAP)
    checks[follows] |= bit(apart_us < rules.burst_under_us[own], Check.BURST)
    return checks


def may_be_spikes(found: Usable) -> NDArray[np.bool_]:
    """Mark usable rows on one side of both their neighbours by more than the threshold.

    One beside a step is on different sides of them.
    """
    high: NDArray[np.bool_] = found.height > found.spike
    return high


def spikes(rows: Rows, found: Usable, points: Points) -> NDArray[np.intp]:
    """Return which usable rows are spikes.

    Beside a higher spike a row is held against the reading behind that one. On the way to or from
    a value beyond the range of the instrument it is none.
    """
    may_be = may_be_spikes(found)
    at = np.flatnonzero(may_be)
    if not len(at):
        return at
    value = rows.value[found.place]
    height = np.where(may_be, found.height, 0.0)
    before = at - 1 - (height[at - 1] > height[at])
    after = at + 1 + (height[at + 1] > height[at])
    lower, higher = np.minimum(value[before], value[after]), np.maximum(value[before], value[after])
    limit = found.spike[at]
    is_up = value[at] - higher > limit
    is_spike = is_up | (lower - value[at] > limit)
    for beside in (-1, 1):
        comes_from_beyond = _beyond(rows, found, points, at, beside) == np.where(is_up, 1, -1)
        is_spike &= ~comes_from_beyond
    return at[is_spike]


def _beyond(
    rows: Rows, found: Usable, points: Points, at: NDArray[np.intp], beside: int
) -> NDArray[np.intp]:
    """Return of each of some usable rows whether the reading beside it is above the range, 1, below
    it, -1, or neither.

    A neighbour that is usable is neither, and one known to be wrong says nothing.
    """
    place = found.place[at]
    other = np.clip(place + beside, 0, len(rows) - 1)
    near_us = np.abs(rows.ts_us[other] - rows.ts_us[place])
    is_near = (rows.point_id[other] == rows.point_id[place]) & (
        near_us <= points.rules.break_after_us[found.definition[at]]
    )
    side = beyond_range(rows.take(other), points)
    return np.where(is_near, side, 0)


@dataclass(frozen=True)
class Marked:
    """Which usable rows lie in a long run, when the run up to each began (microseconds since 1970),
    and the points whose rows before these would have to be marked as well.
    """

    is_marked: NDArray[np.bool_]
    start_us: NDArray[np.int64]
    reaching_back: set[int]


def mark_runs(
    rows: Rows, found: Usable, band: Band, runs: RunsByPoint, new: NDArray[np.bool_]
) -> Marked:
    """Follow the runs of all points through `rows`; only `new` ones, of all rows, are added.

    `runs` holds what was followed before, and is changed. A whole run is marked, not only what
    comes after it has become long.
    """
    ts_us, value = rows.ts_us[found.place], rows.value[found.place]
    is_marked, start_us = np.zeros(len(ts_us), bool), ts_us.copy()
    within = band.within[found.definition]
    still = np.abs(value) <= band.still_within[found.definition]
    after_us = np.where(
        still, band.still_after_us[found.definition], band.after_us[found.definition]
    )
    goes_on = found.is_same & (np.abs(found.step) <= within) & np.isfinite(after_us)
    goes_on &= found.apart_us <= band.break_us[found.definition]
    goes_on[1:] &= still[1:] == still[:-1]
    is_low = np.abs(value) <= band.coarse_within[found.definition]
    coarse_after_us = np.where(is_low & ~still, band.coarse_after_us[found.definition], after_us)
    _part_coarse(goes_on, after_us, value, coarse_after_us)
    reaching_back: set[int] = set()
    going_on = np.flatnonzero(goes_on & new[found.place]).tolist()
    if not going_on:
        return Marked(is_marked, start_us, reaching_back)
    columns = _Columns(
        rows.point_id[found.place].tolist(), ts_us.tolist(), new[found.place].tolist()
    )
    for at in going_on:
        point, now_us, before_us = columns.point_id[at], columns.ts_us[at], columns.ts_us[at - 1]
        run = runs.get(point)
        if run is None or run.last_us != before_us:
            runs[point] = run = Run(float(within[at]), before_us, float(value[at - 1]))
        run.add(now_us, float(value[at]))
        start_us[at] = run.start_us
        if now_us - run.start_us >= after_us[at]:
            first, is_whole = columns.unmarked(at, run)
            is_marked[first : at + 1] = True
            if not is_whole:
                reaching_back.add(point)
            run.marked_us = now_us
            run.forget_before(now_us - after_us[at])
    return Marked(is_marked, start_us, reaching_back)


def _part_coarse(
    goes_on: NDArray[np.bool_],
    after_us: NDArray[np.float64],
    value: NDArray[np.float64],
    coarse_after_us: NDArray[np.float64],
) -> None:
    """Let runs at coarse values be of their own, and take as long as those take."""
    at = np.flatnonzero(goes_on & (coarse_after_us != after_us))
    if not len(at):
        return
    coarse = has_one_digit(value[at])
    goes_on[at] = coarse == has_one_digit(value[at - 1])
    after_us[at] = np.where(coarse, coarse_after_us[at], after_us[at])


class _Columns(NamedTuple):
    """Columns of usable rows as lists: single values of them are faster to reach."""

    point_id: list[int]
    ts_us: list[int]
    is_new: list[bool]

    def unmarked(self, at: int, run: Run) -> tuple[int, bool]:
        """Return where the part of a run begins that must be marked; whether it is all new."""
        first = at
        while first > 0 and self.point_id[first - 1] == self.point_id[at]:
            before_us = self.ts_us[first - 1]
            if before_us < run.start_us or before_us <= run.marked_us:
                break
            if not self.is_new[first - 1]:
                return first, False
            first -= 1
        return first, True
