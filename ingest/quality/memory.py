"""What one connection knows of the newest readings of each point, so that it need not ask."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows, bare_rows, joined
from ingest.decoding.point import BEGINNING_US
from ingest.decoding.points import Points
from ingest.quality.around import (
    Usable,
    bands,
    mark_runs,
    may_be_spikes,
    neighbour_checks,
    usable_rows,
)
from ingest.quality.range_checks import beyond_range
from ingest.quality.runs import Run
from ingest.quality.verdicts import bit
from ingest.quality.windows import NO_WINDOWS, Windows

END_US = np.iinfo(np.int64).max
TAIL_ROWS = 3  # two that can be neighbours, and the newest of all if that one cannot: without its
# value, unless it is beyond the range


@dataclass(frozen=True)
class Judged:
    """What was found in n rows: the masks that fire, and the points that memory cannot judge."""

    checks: NDArray[np.int32]
    unknown: NDArray[np.int32]


@dataclass
class Memory:
    """The tail of each point and its runs, true while no other connection writes the point.

    Of one connection: in `latest` stands which one wrote a point last.
    """

    _points: Points | None = None
    windows: Windows = NO_WINDOWS
    """Those that were true when this connection looked last."""

    def suit(self, points: Points) -> None:
        """Forget everything if the site was described anew: other rules may hold."""
        if points is not self._points:
            self._points = points
            size = len(points)
            self._is_known = np.zeros(size, bool)
            self._ts_us = np.full((size, TAIL_ROWS), BEGINNING_US, np.int64)
            self._value = np.full((size, TAIL_ROWS), np.nan)
            self._runs: tuple[dict[int, Run], ...] = tuple({} for _ in bands(points.rules))

    def newest_us(self, point_id: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return when the newest reading of each known point is, else the end of time."""
        place = self._place(point_id)
        known_us = self._ts_us[place].max(axis=1)
        return np.where(self._is_known[place], known_us, END_US)

    def judge(self, rows: Rows) -> Judged:
        """Judge rows, sorted by (point_id, ts_us), that are newer than all that is known.

        Runs move on: if the rows are not committed, their points must be forgotten.
        """
        points = self._suited
        tails = self._tails(np.unique(rows.point_id))
        both = joined(tails, rows)
        new = np.arange(len(both)) >= len(tails)
        order = np.argsort(both.point_id, kind="stable")
        both, new = both.take(order), new[order]
        found = usable_rows(both, points)
        checks = neighbour_checks(both, found, points)
        may_be = found.place[may_be_spikes(found)]
        # What was known is judged with more around it than its tail.
        unknown = set(both.point_id[may_be[~new[may_be]]].tolist())
        for band, runs in zip(bands(points.rules), self._runs, strict=True):
            marked = mark_runs(both, found, band, runs, new)
            checks[found.place] |= bit(marked.is_marked, band.check)
            unknown |= marked.reaching_back
        self._learn_tails(both, found)
        return Judged(checks[new], np.array(sorted(unknown), np.int32))

    def learn(self, rows: Rows) -> None:
        """Take the newest rows of some points for what is known of them, sorted and judged."""
        points = self._suited
        self.forget(np.unique(rows.point_id))
        found = usable_rows(rows, points)
        new = np.ones(len(rows), bool)
        for band, runs in zip(bands(points.rules), self._runs, strict=True):
            mark_runs(rows, found, band, runs, new)
        self._learn_tails(rows, found)

    def forget(self, point_id: NDArray[np.int32]) -> None:
        """Know nothing of some points."""
        if self._points is None:
            return
        self._is_known[self._place(point_id)] = False
        for runs in self._runs:
            for point in point_id.tolist():
                runs.pop(point, None)

    def tail_begins_us(self, point: int) -> int:
        """Return from when on a change among the readings of a known point touches its tail."""
        place = self._place(np.array([point], np.int32))[0]
        tail_us = self._ts_us[place]
        begins = [int(us) for us in tail_us if us != BEGINNING_US]
        starts = [runs[point].start_us for runs in self._runs if point in runs]
        return min([*begins, *starts], default=BEGINNING_US)

    @property
    def _suited(self) -> Points:
        assert self._points is not None
        return self._points

    def _place(self, point_id: NDArray[np.int32]) -> NDArray[np.intp]:
        return self._suited.position(point_id)

    def _tails(self, point_id: NDArray[np.int32]) -> Rows:
        """Return the tails of points as rows."""
        place = self._place(point_id)
        ts_us = self._ts_us[place]
        there = ts_us != BEGINNING_US
        ids = np.repeat(point_id, there.sum(axis=1))
        return bare_rows(ids, ts_us[there], self._value[place][there])

    def _learn_tails(self, rows: Rows, found: Usable) -> None:
        """Keep the last rows of each point; a value that is no neighbour is kept as none, unless it
        is beyond the range.
        """
        can = np.zeros(len(rows), bool)
        can[found.place] = True
        is_last = np.append(np.diff(rows.point_id) != 0, True)
        ids = rows.point_id[is_last]
        place = self._place(ids)
        ts_us = np.full((len(ids), TAIL_ROWS), BEGINNING_US, np.int64)
        value = np.full((len(ids), TAIL_ROWS), np.nan)
        group = np.repeat(np.arange(len(ids)), np.diff(np.flatnonzero(is_last), prepend=-1))
        # Counted from the end: how many usable rows of the point follow.
        total = np.bincount(group, can, len(ids)).astype(np.intp)
        until = np.cumsum(can) - np.concatenate(([0], np.cumsum(total)[:-1]))[group]
        rank = total[group] - until
        for column, wanted in ((0, 1), (1, 0)):
            there = can & (rank == wanted)
            ts_us[group[there], column] = rows.ts_us[there]
            value[group[there], column] = rows.value[there]
        ends = ~can[is_last]
        newest = rows.take(is_last)
        ts_us[ends, 2] = newest.ts_us[ends]
        is_beyond = ends & (beyond_range(newest, self._suited) != 0)
        value[is_beyond, 2] = newest.value[is_beyond]
        self._ts_us[place], self._value[place] = ts_us, value
        self._is_known[place] = True
