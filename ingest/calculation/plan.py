"""How a point is calculated: from when to when by which formula and from which points. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from ingest.decoding.point import BEGINNING_US
from schemas.formula.binding import Bound, Input
from schemas.formula.shape import shape
from schemas.units import Conversion

END_US = 2**62  # later than anything
HELD_INTERVALS = 2.0  # a reading stands for as long as it is shown as current
HELD_ON_CHANGE_US = 30 * 86_400_000_000  # what is sent on change stands until the next one


@dataclass(frozen=True)
class PlannedInput:
    """A point that a formula reads.

    `way` leads from the unit that the point has then to base units. A reading stands for `held_us`,
    unless the next one comes before.
    """

    input: Input
    point_id: int
    way: Conversion
    held_us: int


@dataclass(frozen=True)
class Period:
    """A time, [from, to), in which a point is calculated in one and the same way.

    Moments are microseconds since 1970 UTC.
    """

    from_us: int
    to_us: int
    formula: Bound
    inputs: tuple[PlannedInput, ...]

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.to_us >= END_US

    @cached_property
    def shape(self) -> str:
        """A text that is the same for two periods whose formulas differ in their points only."""
        return shape(self.formula)

    @property
    def digest(self) -> str:
        """A text that is the same for two periods that calculate alike."""
        return sha256(repr((self.formula, self.inputs)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Plan:
    """All periods of one calculated point, in order and without overlap."""

    point_id: int
    periods: tuple[Period, ...]

    @property
    def inputs(self) -> frozenset[int]:
        """The points that it was ever calculated from."""
        return frozenset(each.point_id for period in self.periods for each in period.inputs)

    @property
    def digests(self) -> dict[int, str]:
        """From when which way of calculating holds; an empty text where there is none."""
        found: dict[int, str] = {}
        end_us = BEGINNING_US
        for period in self.periods:
            if period.from_us > end_us:
                found[end_us] = ""
            found[period.from_us] = period.digest
            end_us = period.to_us
        if end_us < END_US:
            found[end_us] = ""
        return found


def held_us(interval_s: float | None) -> int:
    """Return for how long a reading stands whose point is sent in an interval, or on change."""
    return HELD_ON_CHANGE_US if interval_s is None else int(HELD_INTERVALS * interval_s * 1e6)


def joined(periods: Sequence[Period]) -> tuple[Period, ...]:
    """Return periods with those joined that follow each other and calculate alike."""
    found: list[Period] = []
    for period in periods:
        last = found[-1] if found else None
        if last and last.to_us == period.from_us and last.digest == period.digest:
            found[-1] = Period(last.from_us, period.to_us, last.formula, last.inputs)
        else:
            found.append(period)
    return tuple(found)


def changed_spans(before: Mapping[int, str], after: Mapping[int, str]) -> list[tuple[int, int]]:
    """Return the times [from, to) in which two ways of calculating differ, by `digests`."""
    edges = sorted({BEGINNING_US, *before, *after})
    spans: list[tuple[int, int]] = []
    for begin_us, end_us in zip(edges, [*edges[1:], END_US], strict=True):
        if _at(before, begin_us) == _at(after, begin_us):
            continue
        if spans and spans[-1][1] == begin_us:
            spans[-1] = (spans[-1][0], end_us)
        else:
            spans.append((begin_us, end_us))
    return spans


def _at(digests: Mapping[int, str], moment_us: int) -> str:
    begun = [since for since in digests if since <= moment_us]
    return digests[max(begun)] if begun else ""


def leaves(plans: Mapping[int, Plan], point_id: int) -> frozenset[int]:
    """Return the points that are not calculated, and that a point was ever calculated from."""
    found: set[int] = set()
    waiting, seen = [point_id], set[int]()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if here in plans:
            waiting += plans[here].inputs
        else:
            found.add(here)
    return frozenset(found)


def in_circles(plans: Mapping[int, Plan]) -> set[int]:
    """Return the points that are calculated from themselves, by whatever way."""
    return {point_id for point_id in plans if _reaches_itself(plans, point_id)}


def _reaches_itself(plans: Mapping[int, Plan], point_id: int) -> bool:
    waiting, seen = [*plans[point_id].inputs], set[int]()
    while waiting:
        here = waiting.pop()
        if here == point_id:
            return True
        if here in plans and here not in seen:
            seen.add(here)
            waiting += plans[here].inputs
    return False
