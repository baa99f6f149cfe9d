"""What was counted between the readings that count, shared out by time."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.meter import Event, Floats


@dataclass(frozen=True)
class Counted:
    """What was counted in a window: `total`, and for how many seconds it is known."""

    total: float
    known_s: float


class Track:
    """The readings that count, what was counted between them, and what happened.

    Between two readings the amount is shared out evenly by time, so that the parts of a window add
    up to it.
    """

    def __init__(
        self,
        x_ms: Sequence[float] | Floats,
        amounts: Sequence[float],
        known: Sequence[bool],
        events: Sequence[Event],
    ) -> None:
        self.x_ms = np.asarray(x_ms, dtype=np.float64)
        self.events = tuple(events)
        self._known = np.asarray(known, dtype=bool)
        widths = np.diff(self.x_ms)
        self._widths = widths
        self._total = np.concatenate([[0.0], np.cumsum(np.asarray(amounts, dtype=np.float64))])
        self._known_ms = np.concatenate([[0.0], np.cumsum(widths * self._known)])

    def counted(self, start_ms: float, end_ms: float) -> Counted | None:
        """Return what was counted in [start, end); None where nothing is known of it."""
        if self.x_ms.size < 2 or end_ms <= self.x_ms[0] or start_ms >= self.x_ms[-1]:
            return None
        total = np.interp([start_ms, end_ms], self.x_ms, self._total)
        known_ms = np.interp([start_ms, end_ms], self.x_ms, self._known_ms)
        return Counted(float(total[1] - total[0]), float(known_ms[1] - known_ms[0]) / 1e3)

    def happened(self, start_ms: float, end_ms: float) -> list[Event]:
        """Return the incidents that touch [start, end)."""
        return [one for one in self.events if one.from_ms < end_ms and one.to_ms > start_ms]

    def stretches(self, start_ms: float, end_ms: float) -> list[tuple[float, float]]:
        """Return the parts of [start, end) in milliseconds in which it is known what it counted."""
        gaps = np.flatnonzero(~self._known)
        if self.x_ms.size < 2:
            return []
        starts = np.concatenate([self.x_ms[:1], self.x_ms[gaps + 1]])
        ends = np.concatenate([self.x_ms[gaps], self.x_ms[-1:]])
        clipped = zip(np.maximum(starts, start_ms), np.minimum(ends, end_ms), strict=True)
        return [(float(begin), float(end)) for begin, end in clipped if begin < end]

    def covered_s(self, start_ms: float, end_ms: float, gap_ms: float) -> float:
        """Return for how many seconds of [start, end) readings tell what it counted.

        Between two readings further apart than `gap_ms` that is so only where both are in the
        window: of a part of a long silence only the share by time is known.
        """
        found = self.counted(start_ms, end_ms)
        if found is None:
            return 0.0
        unsure_ms = 0.0
        edges = {bisect_right(self.x_ms, edge) - 1 for edge in (start_ms, end_ms)}
        for step in edges & set(range(len(self._widths))):
            begin, end = self.x_ms[step], self.x_ms[step + 1]
            is_cut = begin < start_ms or end > end_ms
            if is_cut and self._known[step] and end - begin > gap_ms:
                unsure_ms += min(end, end_ms) - max(begin, start_ms)
        return max(found.known_s - unsure_ms / 1e3, 0.0)


NOTHING = Track((), (), (), ())


def common(tracks: Sequence[Track], start_ms: float, end_ms: float) -> list[tuple[float, float]]:
    """Return the parts of [start, end) in which it is known what each of the counters counted."""
    parts = [(start_ms, end_ms)]
    for one in tracks:
        parts = [part for begin, end in parts for part in one.stretches(begin, end)]
    return parts
