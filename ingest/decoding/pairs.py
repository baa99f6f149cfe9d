"""Which points are held against which others, under any of their definitions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.decoding.point import Point

US_PER_S = 1_000_000


class Pair(NamedTuple):
    """A point and the other one that it is held against, called `name` ("line/key") in the rules.

    What the other one reads stands for `stands_us` microseconds at the most.
    """

    point_id: int
    other_id: int
    name: str
    stands_us: int


class Pairs:
    """All pairs; one whose other point is not known is left out."""

    def __init__(self, points: Iterable[Point]) -> None:
        points = list(points)
        ids = {(point.site, f"{point.line}/{point.key}"): point.point_id for point in points}
        stands_s: dict[tuple[int, int, str], float] = {}
        for point in points:
            for rule in (rule for each in point.definitions for rule in each.rule.others):
                other_id = ids.get((point.site, rule.point))
                if other_id is not None:
                    pair = point.point_id, other_id, rule.point
                    stands_s[pair] = max(rule.stands_s, stands_s.get(pair, 0.0))
        self._of: defaultdict[int, list[Pair]] = defaultdict(list)
        self._against: defaultdict[int, list[Pair]] = defaultdict(list)
        for names, longest_s in stands_s.items():
            found = Pair(*names, round(longest_s * US_PER_S))
            self._of[found.point_id].append(found)
            self._against[found.other_id].append(found)

    @property
    def held(self) -> Sequence[int]:
        """The points that are held against another one, rising."""
        return sorted(self._of)

    def of(self, point_id: int) -> Sequence[Pair]:
        """Return the pairs of a point that is held against others."""
        return self._of.get(point_id, ())

    def against(self, other_id: int) -> Sequence[Pair]:
        """Return the pairs of the points that are held against one."""
        return self._against.get(other_id, ())
