"""Clocks of devices against ours: what stamps and times of reception say of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from statistics import median

from dashboard.analysis.data_health import CLOCK_AHEAD, LATE, Finding, Problem

DRIFT_PER_DAY_S = 1.0
"""A quartz that nobody sets runs 20 to 100 parts per million wrong: two to nine seconds a day."""
DRIFT_MIN_DAYS = 3


class ClockProblem(StrEnum):
    """What is wrong with the clock of a device, or with the way of what it sends."""

    AHEAD = "clock_ahead"
    LATE = "late"  # behind, or sent long after it was taken
    DRIFTS = "clock_drifts"


_BEFORE = {
    ClockProblem.AHEAD: Problem.CLOCK_AHEAD,
    ClockProblem.LATE: Problem.LATE,
    ClockProblem.DRIFTS: Problem.LATE,
}
"""Before which problems of points those of devices are to be mended."""


@dataclass(frozen=True)
class ClockOffset:
    """How long readings of a device take to us, by its stamps; negative if its clock is ahead.

    `median_s` is over the newest reading of each of its `points`: of what a device keeps and sends
    together the newest waits least. `earlier` pairs whole days ago with what it was then.
    `interval_s` is the longest between two readings of a point.
    """

    device: str
    points: int
    median_s: float
    interval_s: float
    earlier: Sequence[tuple[int, float]] = field(default=())

    @property
    def drift_per_day_s(self) -> float | None:
        """By how much readings take longer from day to day; None where too little is known.

        The median of the slopes between all pairs of days, which single late ones do not move: P.
        K. Sen, Journal of the American Statistical Association 63 (1968), 1379.
        """
        if len(self.earlier) < DRIFT_MIN_DAYS:
            return None
        known = [(0, self.median_s), *self.earlier]
        return median(
            (newer_s - older_s) / (older_days - newer_days)
            for (newer_days, newer_s), (older_days, older_s) in combinations(sorted(known), 2)
        )

    @property
    def problem(self) -> ClockProblem | None:
        """What is wrong, if anything."""
        if -self.median_s > CLOCK_AHEAD.total_seconds():
            return ClockProblem.AHEAD
        if self.median_s > max(LATE.total_seconds(), self.interval_s):
            return ClockProblem.LATE
        if abs(self.drift_per_day_s or 0.0) > DRIFT_PER_DAY_S:
            return ClockProblem.DRIFTS
        return None


def worst_first(offsets: Iterable[ClockOffset]) -> list[ClockOffset]:
    """Return devices with a problem before the others, of each the furthest off first."""
    return sorted(offsets, key=lambda one: (one.problem is None, -abs(one.median_s), one.device))


def with_clocks(
    found: Iterable[Finding], clocks: Iterable[ClockOffset], devices: Mapping[str, str]
) -> list[Finding | ClockOffset]:
    """Return what is to be mended, with the devices that have a problem, what comes first first.

    `devices` are those of points, by path. What a device explains is not told again of a point that
    has nothing else.
    """
    wrong = {one.device: one for one in clocks if one.problem}

    def is_told(one: Finding) -> bool:
        device = wrong.get(devices.get(one.health.point, ""))
        is_alone = one.silent_line is None and not one.others
        return is_alone and device is not None and f"{device.problem}" == one.problem

    rest = [one for one in found if not is_told(one)]
    return sorted([*wrong.values(), *rest], key=_rank)


def _rank(one: Finding | ClockOffset) -> float:
    ranks = list(Problem)
    if isinstance(one, Finding):
        return -1.0 if one.silent_line is not None else ranks.index(one.problem)
    return ranks.index(_BEFORE[one.problem]) - 0.5 if one.problem else len(ranks)
