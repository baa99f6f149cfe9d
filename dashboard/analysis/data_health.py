"""What is wrong with what a point sends, and what comes first of all that is wrong."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from schemas.quality import DOUBTING, FAILING, Check, Qc

LINE_MIN_POINTS = 3
SILENT_INTERVALS = 2  # a value older than this many expected intervals is stale
INCOMPLETE_SHARE = 0.9  # of the readings due in a week
LATE = timedelta(minutes=5)
CLOCK_AHEAD = timedelta(seconds=10)


class Problem(StrEnum):
    """What can be wrong, what is to be done first before the others."""

    SILENT = auto()  # nothing came for longer than it should take
    FAILED = auto()
    MISSING = auto()  # messages come without a value
    CLOCK_AHEAD = auto()  # stamps of the future
    SUSPECT = auto()
    LATE = auto()  # a reading comes long after it was taken
    INCOMPLETE = auto()  # of the last week's readings too few are good
    NEVER = auto()  # no reading yet


_VERDICTS = {Qc.FAIL: Problem.FAILED, Qc.MISSING: Problem.MISSING, Qc.SUSPECT: Problem.SUSPECT}
_RANKS = {problem: rank for rank, problem in enumerate(Problem)}


@dataclass(frozen=True)
class LatestReading:
    """The newest reading of a point: taken `at`, received at `received_at`, judged `qc`."""

    at: datetime
    received_at: datetime
    value: float | None
    qc: int
    checks: int

    @property
    def verdict(self) -> "Problem | None":
        """What is wrong with the value; a laboratory's "<0.05" is a limit and no fault."""
        if Check(self.checks) & (DOUBTING | FAILING) == Check.BELOW_LIMIT:
            return None
        return _VERDICTS.get(Qc(self.qc))

    @property
    def delay(self) -> timedelta:
        """How long it took from the device to us; negative if its clock is ahead of ours."""
        return self.received_at - self.at


@dataclass(frozen=True)
class PointHealth:
    """A point with its newest reading, since when it is not good, and its completeness.

    `week` is the share of the readings due in the last seven days that came and were good; None
    where none were due. None are while somebody works on it: `worked` is that share of the week.
    """

    point: str
    line: str
    interval_s: float | None
    latest: LatestReading | None
    deviates_since: datetime | None
    week: float | None
    worked: float = 0.0

    def is_silent(self, now: datetime) -> bool:
        """Tell whether the newest reading is older than it may be."""
        if self.latest is None or self.interval_s is None:
            return False
        return now - self.latest.at > timedelta(seconds=SILENT_INTERVALS * self.interval_s)

    def problems(self, now: datetime) -> list[Problem]:
        """Return what is wrong with the point, the first to be mended first."""
        latest = self.latest
        if latest is None:
            return [Problem.NEVER]
        found = {
            Problem.SILENT: self.is_silent(now),
            Problem.CLOCK_AHEAD: -latest.delay > CLOCK_AHEAD,
            Problem.LATE: latest.delay > max(LATE, timedelta(seconds=self.interval_s or 0.0)),
            Problem.INCOMPLETE: self.week is not None and self.week < INCOMPLETE_SHARE,
        }
        return [each for each in Problem if found.get(each) or each is latest.verdict]

    def since(self, problem: Problem) -> datetime | None:
        """Return since when a problem is there; None where that is not known."""
        if problem is Problem.SILENT and self.latest is not None:
            return self.latest.at
        return self.deviates_since if problem in _VERDICTS.values() else None


@dataclass(frozen=True)
class Finding:
    """What is first to be mended at a point, and what else is wrong with it.

    A line whose points are all silent is one finding: `silent_line` is its key, `health` that of
    the point that was heard last.
    """

    health: PointHealth
    problem: Problem
    others: tuple[Problem, ...] = ()
    silent_line: str | None = None

    @property
    def since(self) -> datetime | None:
        """Since when."""
        return self.health.since(self.problem)


def substitute(
    candidates: Iterable[str], points: Mapping[str, PointHealth], now: datetime
) -> str | None:
    """Return the first of some points whose newest value is good and not too old; None if none."""
    for candidate in candidates:
        health = points.get(candidate)
        if health is None or health.latest is None or health.is_silent(now):
            continue
        if health.latest.qc == Qc.GOOD and health.latest.value is not None:
            return candidate
    return None


def least_complete(points: Iterable[PointHealth], of_a_line_max: int) -> set[str]:
    """Return the points of each line whose week is the least complete, at most so many."""
    by_line: defaultdict[str, list[PointHealth]] = defaultdict(list)
    for health in points:
        by_line[health.line].append(health)
    return {
        health.point
        for members in by_line.values()
        for health in sorted(members, key=completeness)[:of_a_line_max]
    }


def completeness(health: PointHealth) -> float:
    """Return how complete the week of a point is; that of one of which none is due is."""
    return 1.0 if health.week is None else health.week


def findings(points: Iterable[PointHealth], now: datetime) -> list[Finding]:
    """Return what is wrong: by problem, of one kind the newest first; silent lines before all."""
    found: list[Finding] = []
    by_line: defaultdict[str, list[PointHealth]] = defaultdict(list)
    for health in points:
        by_line[health.line].append(health)
    for line, members in by_line.items():
        silent = _silent_line(line, members, now)
        if silent is not None:
            found.append(silent)
        for health in members:
            problems = health.problems(now)
            if problems and not (silent and problems[0] is Problem.SILENT):
                found.append(Finding(health, problems[0], tuple(problems[1:])))
    return sorted(found, key=_urgency)


def _silent_line(line: str, members: Sequence[PointHealth], now: datetime) -> Finding | None:
    """Return the one finding of a line that is silent as a whole: then its way to us is at fault.

    What is sent on change, or came never, tells nothing.
    """
    heard = [one for one in members if one.latest is not None and one.interval_s is not None]
    if len(heard) < LINE_MIN_POINTS or not all(one.is_silent(now) for one in heard):
        return None
    last = max(heard, key=lambda one: one.latest.at if one.latest else now)
    return Finding(last, Problem.SILENT, silent_line=line)


def _urgency(finding: Finding) -> tuple[bool, int, float, str]:
    since_s = finding.since.timestamp() if finding.since else 0.0
    is_point = finding.silent_line is None
    return is_point, _RANKS[finding.problem], -since_s, finding.health.point
