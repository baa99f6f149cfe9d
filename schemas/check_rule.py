"""What the checks of a point go by: thresholds in the unit of the point, times in seconds."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Ends = Literal["none", "low", "high", "both"]

END_OF_RANGE_SHARE = 0.001
"""As near to its end a value counts as at the end, as a share of the instrument's range."""


@dataclass(frozen=True)
class Beside:
    """Another point of the site, "line/key", that should read the same.

    For as long as both are further apart than `within` (in the unit of both) and `within_share` of
    the other one's value together, and that lasts `after_s`, the point is not plausible. What the
    other one read stands for `stands_s`.
    """

    point: str
    within: float = 0.0
    within_share: float = 0.0
    after_s: float = 3600.0
    stands_s: float = 600.0


@dataclass(frozen=True)
class Contradiction:
    """A condition of the site, the point "line/key", under which another point cannot be right.

    While it holds (is not zero) for `after_s`, the point is not plausible. What it was last stands
    for `stands_s`.
    """

    point: str
    after_s: float = 3600.0
    stands_s: float = 600.0


@dataclass(frozen=True)
class CheckRule:
    """The thresholds of one point while a definition holds; None: that check does not fire.

    `ends` are the ends of the instrument's range at which a value is cut off. A run whose values
    stay within `flat_within` for `flat_after_s` is a flat line, one within `attenuated_within` for
    `attenuated_after_s` an attenuated signal. A value that is further than `spike` from both its
    neighbours, on the same side, is a spike. `rate_per_min` is the most that the value can change;
    within a minute it may change as much at once. A reading comes after a gap when the one before
    is `gap_after_s` older, in a burst when it is less than `burst_under_s` older, and late when it
    is received `late_after_s` after its time. `never_zero`: exactly zero is no measurement;
    otherwise up to `zero_within` on either side is what a stopped process shows, for any time, or
    with `zero_after_s` a flat line after that time. A value of a single digit other than zero (0.2,
    7) is a flat line after `coarse_after_s`, if it is no further from zero than `coarse_within`;
    None: as any other, and however large it is.
    """

    ends: Ends = "none"
    flat_after_s: float | None = None
    flat_within: float = 0.0
    attenuated_after_s: float | None = None
    attenuated_within: float = 0.0
    spike: float | None = None
    rate_per_min: float | None = None
    gap_after_s: float | None = None
    burst_under_s: float | None = None
    late_after_s: float | None = None
    never_zero: bool = False
    zero_within: float = 0.0
    zero_after_s: float | None = None
    coarse_after_s: float | None = None
    coarse_within: float | None = None
    beside: Beside | None = None
    contradicted_by: Contradiction | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the rule as it stands in the database; other points only where it has them."""
        row = asdict(self)
        for name in ("beside", "contradicted_by"):
            if row[name] is None:
                del row[name]
        return row

    @property
    def others(self) -> tuple[Beside | Contradiction, ...]:
        """What the point is held against of other points."""
        return tuple(each for each in (self.beside, self.contradicted_by) if each is not None)

    @property
    def break_after_s(self) -> float:
        """As far apart two readings say nothing about each other any more."""
        if self.gap_after_s is not None:
            return self.gap_after_s
        return self._quarter_s

    @property
    def run_break_after_s(self) -> float:
        """As far apart two readings are of no run any more: what is stuck stays so over a gap."""
        if self.gap_after_s is None:
            return self._quarter_s
        return max(self.gap_after_s, min(self._shortest_run_s, LONGEST_RUN_BROKEN_S) / 4)

    @property
    def reach_s(self) -> float:
        """How far from a reading another one of the point can lie that decides about it."""
        longest = (
            *(self.flat_after_s, self.attenuated_after_s, self.zero_after_s),
            self.coarse_after_s,
        )
        of_runs = max(each or 0.0 for each in longest) + self.run_break_after_s
        return max(of_runs, 2 * self.break_after_s)  # a spike beside another one

    @property
    def pair_reach_s(self) -> float:
        """The same for the points that it is held against."""
        return max((each.after_s + self.break_after_s for each in self.others), default=0.0)

    @property
    def _quarter_s(self) -> float:
        return min(self._shortest_run_s, LONGEST_BREAK_S) / 4

    @property
    def _shortest_run_s(self) -> float:
        windows = [s for s in (self.flat_after_s, self.attenuated_after_s) if s is not None]
        return min(windows, default=LONGEST_BREAK_S)


LONGEST_BREAK_S = 14_400.0
LONGEST_RUN_BROKEN_S = 172_800.0
NO_RULE = CheckRule()
