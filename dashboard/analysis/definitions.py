"""What the values of a point meant, one definition after another, and how they become comparable.

A plant changes the unit of a point, or the meaning of the codes of a state. Values stay stored as
they came; what is shown together is shown as the newest definition has it. Moments are milliseconds
since 1970-01-01 UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.series import BucketSeries, RawSeries
from schemas.unit_history import SAME, to_newest
from schemas.units import Conversion

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Names = Mapping[str, str]
_NOTHING = Conversion(float("nan"), 0.0)


@dataclass(frozen=True)
class Definition:
    """What held from a moment on: the unit (UCUM), how people write it, and the names of codes.

    `typical_lo` and `typical_hi` are the ends of the typical range, in that unit.
    """

    start_ms: float
    unit: str
    unit_display: str
    states: Mapping[str, Names] | None = None
    typical_lo: float | None = None
    typical_hi: float | None = None


@dataclass(frozen=True)
class Typical:
    """A range of values that was typical from `start_ms` until before `end_ms`."""

    low: float
    high: float
    start_ms: float = -np.inf
    end_ms: float = np.inf


@dataclass(frozen=True)
class Change:
    """Until `at_ms` something else was meant: values in the unit `unit_display`, or other states.

    `is_broken` tells that older values are left out, because they are of another quantity.
    """

    at_ms: float
    unit_display: str
    is_broken: bool


@dataclass(frozen=True)
class Definitions:
    """The definitions of a point in order of time, at least one; the last is what is shown."""

    dated: tuple[Definition, ...]

    @property
    def unit(self) -> str:
        """The unit (UCUM) of what is shown."""
        return self.dated[-1].unit

    @cached_property
    def always_the_same(self) -> bool:
        """Whether every value can be shown as it is stored."""
        return bool(self._same.all())

    @cached_property
    def states(self) -> dict[float, Names] | None:
        """The names of the values of a state as they are shown; None if it is none.

        A code that once had another meaning has that meaning under a number of its own.
        """
        return self._levels[0]

    @cached_property
    def typical(self) -> tuple[Typical, ...]:
        """The typical ranges of all times that have one, in the newest unit."""
        found: list[Typical] = []
        for place, one in enumerate(self.dated):
            if one.typical_lo is None or one.typical_hi is None:
                continue
            step = SAME if self.states else self._steps[place]
            low, high = (end * step.scale + step.offset for end in (one.typical_lo, one.typical_hi))
            start, end = float(self._starts[place]), self._end_ms(place)
            if found and found[-1] == Typical(low, high, found[-1].start_ms, start):
                start = found.pop().start_ms
            if np.isfinite([low, high]).all():
                found.append(Typical(low, high, start, end))
        return tuple(found)

    def changes(self, start_ms: float, end_ms: float) -> list[Change]:
        """Return the changes that touch what is shown of [start, end), in order of time."""
        return [
            Change(self._end_ms(place), was.unit_display, self._steps[place] is _NOTHING)
            for place, was in enumerate(self.dated)
            if not self._same[place]
            and self._end_ms(place) > start_ms
            and self._starts[place] < end_ms
        ]

    def edges(self, start_ms: float, end_ms: float) -> list[float]:
        """Return the moments within (start, end) at which values change their meaning."""
        moves = np.flatnonzero(self._group[1:] != self._group[:-1]) + 1
        return [at for at in self._starts[moves].tolist() if start_ms < at < end_ms]

    def shown(self, x_ms: Floats, values: Floats) -> Floats:
        """Return values that were read at `x_ms` as the newest definition has them."""
        if self.always_the_same:
            return values
        place = np.maximum(np.searchsorted(self._starts, x_ms, side="right") - 1, 0)
        scale = np.array([step.scale for step in self._steps])[place]
        offset = np.array([step.offset for step in self._steps])[place]
        moved = np.where(self._same[place], values, values * scale + offset)
        return self._as_states(place, values) if self.states else moved

    def shown_readings(self, series: RawSeries) -> RawSeries:
        """Return readings as the newest definition has them."""
        return replace(series, value=self.shown(series.x_ms, series.value))

    def shown_buckets(self, series: BucketSeries, since_ms: float) -> BucketSeries:
        """Return buckets that are stored as meant at `since_ms` as the newest definition has them.

        What cannot be shown is left out: values of another quantity, and of a state the buckets in
        which the meaning of its codes changed.
        """
        if self.always_the_same or not series.x_ms.size:
            return series
        meant_ms = np.full(series.x_ms.shape, since_ms)
        moved = series.with_values(lambda values: self.shown(meant_ms, values))
        lost = np.isnan(moved.last) & ~np.isnan(series.last)
        if self.states:
            step_ms = series.resolution.step_s * 1000.0
            for at in self.edges(-np.inf, np.inf):
                lost |= (series.x_ms < at) & (at < series.x_ms + step_ms)
        if not lost.any():
            return moved
        counts = np.where(lost, 0, series.n_used), np.where(lost, 0, series.n_good)
        kept = moved.with_values(lambda values: np.where(lost, np.nan, values))
        return replace(kept, n_used=counts[0], n_good=counts[1])

    def _end_ms(self, place: int) -> float:
        return float(self._starts[place + 1]) if place + 1 < len(self.dated) else np.inf

    @cached_property
    def _starts(self) -> Floats:
        return np.array([-np.inf, *(each.start_ms for each in self.dated[1:])])

    @cached_property
    def _steps(self) -> list[Conversion]:
        found = to_newest([each.unit for each in self.dated])
        return [_NOTHING if step is None else step for step in found]

    @cached_property
    def _same(self) -> NDArray[np.bool_]:
        if self.states:
            return np.array([all(a == b for a, b in codes.items()) for codes in self._levels[1]])
        return np.array([step == SAME for step in self._steps])

    @cached_property
    def _group(self) -> Places:
        """A number for each definition; neighbours with the same one mean the same."""
        whats: Sequence[object] = self._levels[1] if self.states else self._steps
        moves = [False, *(a != b for a, b in zip(whats[1:], whats[:-1], strict=True))]
        return np.cumsum(moves)

    @cached_property
    def _levels(self) -> tuple[dict[float, Names] | None, list[dict[float, float]]]:
        """Return the names of what is shown; for each definition the value that a code becomes."""
        newest = self.dated[-1].states
        if not newest:
            return None, []
        names = {float(code): name for code, name in newest.items()}
        codes_of = []
        for each in self.dated:
            codes = {}
            for text, name in (each.states or {}).items():
                code = float(text)
                same = [value for value, other in names.items() if _is_same(name, other)]
                if code in same or (not same and code not in names):
                    codes[code] = code
                else:
                    codes[code] = same[0] if same else max(names) + 1.0
                names.setdefault(codes[code], name)
            codes_of.append(codes)
        return dict(sorted(names.items())), codes_of

    def _as_states(self, place: Places, values: Floats) -> Floats:
        moved = values.copy()
        for number, codes in enumerate(self._levels[1]):
            for code, value in codes.items():
                moved[(place == number) & (values == code)] = value
        return moved


def _is_same(name: Names, other: Names) -> bool:
    """Tell whether two states are one: their names agree in a language, others were mended."""
    return any(other.get(language) == text for language, text in name.items())


UNCHANGED = Definitions((Definition(-np.inf, "1", ""),))
