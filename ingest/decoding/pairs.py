"""Which points are held beside which others, under any of their definitions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.decoding.point import Point

US_PER_S = 1_000_000


class Pair(NamedTuple):
    """A point and the other one that it is held beside, called `name` ("line/key") in the rules.

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
            for beside in (each.rule.beside for each in point.definitions):
                other_id = ids.get((point.site, beside.point)) if beside else None
                if beside is not None and other_id is not None:
                    pair = point.point_id, other_id, beside.point
                    stands_s[pair] = max(beside.stands_s, stands_s.get(pair, 0.0))
        self._of: defaultdict[int, list[Pair]] = defaultdict(list)
        self._beside: defaultdict[int, list[Pair]] = defaultdict(list)
        for names, longest_s in stands_s.items():
            found = Pair(*names, round(longest_s * US_PER_S))
            self._of[found.point_id].append(found)
            self._beside[found.other_id].append(found)

    @property
    def held(self) -> Sequence[int]:
        """The points that are held beside another one, rising."""
        return sorted(self._of)

    def of(self, point_id: int) -> Sequence[Pair]:
        """Return the pairs of a point that is held beside others."""
        return self._of.get(point_id, ())

    def beside(self, other_id: int) -> Sequence[Pair]:
        """Return the pairs of the points that are held beside one."""
        return self._beside.get(other_id, ())
