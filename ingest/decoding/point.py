"""What the ingest knows of a point: where it stands, and what held for its values when."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from schemas.check_rule import NO_RULE, CheckRule

BEGINNING_US = np.iinfo(np.int64).min


def since(moment_us: int | None) -> int:
    """Return from when on something holds: from the beginning where the database names no time."""
    return BEGINNING_US if moment_us is None else moment_us


@dataclass(frozen=True)
class Definition:
    """What held for the values of a point from a moment on: bounds in its unit (None: no bound).

    `scale` and `offset` make a value in its unit one in the point's newest unit.
    """

    since_us: int = BEGINNING_US
    range_lo: float | None = None
    range_hi: float | None = None
    typical_lo: float | None = None
    typical_hi: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    rule: CheckRule = NO_RULE

    def to_newest(self, value: float) -> float:
        """Return a value of this definition in the point's newest unit."""
        return value * self.scale + self.offset

    def from_newest(self, value: float) -> float:
        """Return a value in the point's newest unit as one of this definition."""
        return (value - self.offset) / self.scale


class TrialTime(NamedTuple):
    """From when to when a trial runs whose own a point is, [starts, ends)."""

    starts_us: int
    ends_us: int


@dataclass(frozen=True)
class Point:
    """One point: where it stands, the bounds of its values today, and what held `earlier`.

    Definitions come one after the other; what is before the first belongs to it. `begins_us` is
    when its site began, `trials` are those of its line that it is given to. Nobody sends what
    `is_calculated`.
    """

    point_id: int
    site: str
    line: str
    key: str
    time_zone: str
    range_lo: float | None = None
    range_hi: float | None = None
    typical_lo: float | None = None
    typical_hi: float | None = None
    since_us: int = BEGINNING_US
    earlier: tuple[Definition, ...] = ()
    begins_us: int = BEGINNING_US
    trials: tuple[TrialTime, ...] = ()
    rule: CheckRule = NO_RULE
    device: str | None = None
    is_measured: bool = True
    is_calculated: bool = False

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """All definitions, rising; at least one."""
        bounds = (self.range_lo, self.range_hi, self.typical_lo, self.typical_hi)
        return (*self.earlier, Definition(self.since_us, *bounds, rule=self.rule))

    def at(self, ts_us: int) -> Definition:
        """Return the definition in force at a moment."""
        older = [each for each in self.definitions if each.since_us <= ts_us]
        return older[-1] if older else self.definitions[0]
