"""What a totaliser counted, across its resets and roll-overs."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

ROLL_OVER_SHARE = 0.1  # within this share of its end and of its begin a counter has rolled over


@dataclass(frozen=True)
class Count:
    """The sum of the increments in buckets of a counter.

    `first`, `last`, `low` and `high` are the first, last, smallest and largest value of a bucket.
    """

    first: float
    last: float
    low: float
    high: float


@dataclass(frozen=True)
class Counted:
    """What was counted: `total` in the counter's unit and how often it fell back to the start."""

    total: float
    resets: int


def counted(buckets: Iterable[Count], end: float | None) -> Counted:
    """Return what a counter counted over consecutive buckets.

    Args:
        buckets: In order of time; buckets without readings are simply absent, a counter goes on
            counting meanwhile.
        end: The value at which it rolls over to zero; None if it never does.

    A fall is a roll-over when it leads from the last tenth before `end` into the first tenth: the
    way over the top is counted. Any other fall is a reset (a new meter, a cleared total): what was
    counted between the two readings is unknown, and nothing is invented for it.
    """
    rows = list(buckets)
    total = 0.0
    resets = 0
    for row in rows:
        # Within a bucket only a fall from last to first shows; the extremes tell the way.
        if row.last >= row.first:
            total += row.last - row.first
        else:
            resets += 1
            total += (row.high - row.first) + _over(row.high, row.low, end) + (row.last - row.low)
    for before, after in pairwise(rows):
        if after.first >= before.last:
            total += after.first - before.last
        else:
            resets += 1
            total += _over(before.last, after.first, end)
    return Counted(total, resets)


def increments(buckets: list[Count], end: float | None) -> list[float]:
    """Return the increment of each bucket, the way from the bucket before it included."""
    alone = [counted([row], end).total for row in buckets[:1]]
    pairs = (counted([_tail(before), row], end).total for before, row in pairwise(buckets))
    return [*alone, *pairs]


def _tail(bucket: Count) -> Count:
    return Count(bucket.last, bucket.last, bucket.last, bucket.last)


def _over(before: float, after: float, end: float | None) -> float:
    """Return the increment across a fall."""
    if end is not None and before > (1 - ROLL_OVER_SHARE) * end and after < ROLL_OVER_SHARE * end:
        return end - before + after
    return 0.0
