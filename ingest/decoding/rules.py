"""What the checks of points go by, as columns to look up in."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from schemas.check_rule import CheckRule

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US


class Rules:
    """One row for each definition. Times are microseconds; a check that is off never fires.

    Fields as in `schemas.check_rule.CheckRule`, `rate` in units a microsecond.
    """

    def __init__(self, rules: Sequence[CheckRule]) -> None:
        self.low_end = np.array([each.ends in ("low", "both") for each in rules], bool)
        self.high_end = np.array([each.ends in ("high", "both") for each in rules], bool)
        self.flat_after_us = _times(each.flat_after_s for each in rules)
        self.flat_within = np.array([each.flat_within for each in rules], np.float64)
        self.attenuated_after_us = _times(each.attenuated_after_s for each in rules)
        self.attenuated_within = np.array([each.attenuated_within for each in rules], np.float64)
        self.spike = _thresholds(each.spike for each in rules)
        self.rate = _thresholds(each.rate_per_min for each in rules) / MINUTE_US
        self.gap_after_us = _times(each.gap_after_s for each in rules)
        self.burst_under_us = np.array([SECOND_US * (r.burst_under_s or 0.0) for r in rules])
        self.late_after_us = _times(each.late_after_s for each in rules)
        self.break_after_us = _times(each.break_after_s for each in rules)
        self.run_break_after_us = _times(each.run_break_after_s for each in rules)
        self.reach_us = _times(each.reach_s for each in rules)
        self.others = [each.others for each in rules]
        self.pair_reach_us = _times(each.pair_reach_s for each in rules)
        self.zero_after_us = _times(each.zero_after_s for each in rules)
        self.coarse_after_us = _times(
            each.flat_after_s if each.coarse_after_s is None else each.coarse_after_s
            for each in rules
        )
        self.coarse_within = _thresholds(each.coarse_within for each in rules)
        self.zero_within = np.array([each.zero_within for each in rules], np.float64)
        self.never_zero = np.array([each.never_zero for each in rules], bool)
        self.looks_around = np.zeros(len(rules), bool)
        """Which need the readings beside one."""
        for limit in (
            *(self.flat_after_us, self.attenuated_after_us, self.gap_after_us),
            *(self.spike, self.rate),
        ):
            self.looks_around |= np.isfinite(limit)


def _times(seconds: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.inf if s is None else s * SECOND_US for s in seconds], np.float64)


def _thresholds(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.inf if value is None else value for value in values], np.float64)
