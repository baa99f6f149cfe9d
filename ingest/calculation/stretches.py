"""Which stretches of which calculated points a commit makes wrong. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ingest.calculation.plan import Plan

WIDTH_LIMIT_US = 3_600_000_000  # wider ones wait their turn, so that what is live does not
GROUP_WIDTH_US = 60_000_000  # those that begin so close together are read with one question


@dataclass(frozen=True, order=True)
class Stretch:
    """A time, both ends included, in which a point is to be calculated anew."""

    from_us: int
    to_us: int
    point_id: int

    @property
    def is_wide(self) -> bool:
        """Whether it takes longer than others should wait."""
        return self.to_us - self.from_us > WIDTH_LIMIT_US


class Uses:
    """Which calculated points use a point, and when."""

    def __init__(self, plans: Mapping[int, Plan]) -> None:
        self._uses: dict[int, list[tuple[int, int, int, int]]] = {}
        for plan in plans.values():
            for period in plan.periods:
                for each in period.inputs:
                    use = (plan.point_id, period.from_us, period.to_us, each.held_us)
                    self._uses.setdefault(each.point_id, []).append(use)

    @property
    def points(self) -> frozenset[int]:
        """The points that are used."""
        return frozenset(self._uses)

    def of(self, points: Iterable[int]) -> frozenset[int]:
        """Return the calculated points that use any of `points`."""
        return frozenset(use[0] for point in points for use in self._uses.get(point, ()))

    def touched_by(
        self, touched: Iterable[tuple[int, int, int]], newest_us: Mapping[int, int]
    ) -> list[Stretch]:
        """Return what follows from points that were touched in a time, in order.

        A reading counts until it no longer stands, as far as there are readings at all.

        Args:
            touched: Point, first and last moment.
            newest_us: The newest reading of any input, by calculated point.
        """
        found: list[tuple[int, int, int]] = []
        for point_id, first_us, last_us in touched:
            for calculated_id, from_us, to_us, held_us in self._uses.get(point_id, ()):
                begin_us = max(first_us, from_us)
                end_us = min(last_us + held_us, to_us, newest_us.get(calculated_id, last_us))
                if begin_us <= end_us:
                    found.append((calculated_id, begin_us, end_us))
        return sorted(_merged(found), key=lambda each: each.from_us)


def _merged(spans: list[tuple[int, int, int]]) -> Iterator[Stretch]:
    """Yield stretches of (point, from, to), those of a point made one that lie close together."""
    last: tuple[int, int, int] | None = None
    for span in sorted(spans):
        point_id, from_us, to_us = span
        if last is None:
            last = span
        elif last[0] == point_id and from_us - last[2] <= GROUP_WIDTH_US:
            if to_us > last[2]:
                last = (point_id, last[1], to_us)
        else:
            yield Stretch(last[1], last[2], last[0])
            last = span
    if last is not None:
        yield Stretch(last[1], last[2], last[0])


def grouped(stretches: Iterable[Stretch]) -> list[list[Stretch]]:
    """Return stretches in groups that begin close together; they come in order."""
    groups: list[list[Stretch]] = []
    for stretch in stretches:
        if groups and stretch.from_us - groups[-1][0].from_us <= GROUP_WIDTH_US:
            groups[-1].append(stretch)
        else:
            groups.append([stretch])
    return groups
