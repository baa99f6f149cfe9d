"""How much of a window the good readings cover."""

from collections.abc import Sequence


def covered_s(n_good: Sequence[int], interval_s: float, step_s: float) -> float:
    """Return the seconds that good readings cover in buckets of `step_s` seconds.

    A reading stands for one expected interval. A bucket counts at most its own width (or one
    interval, where that is wider), so that a burst in one bucket cannot hide a gap in another.
    """
    most = max(step_s, interval_s)
    return sum(min(n * interval_s, most) for n in n_good)


def coverage(covered: float, width_s: float) -> float:
    """Return the covered share of a window of `width_s` seconds, from 0 to 1."""
    if width_s <= 0:
        return 0.0
    return min(1.0, covered / width_s)
