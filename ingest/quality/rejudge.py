"""Judges readings that came late together with those that were there before. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows, joined
from ingest.decoding.points import Points
from ingest.quality.around import Marked, Usable, bands, mark_runs, neighbour_checks, usable_rows
from ingest.quality.verdicts import bit
from schemas.quality import OF_PAIRS, OF_RUNS, OF_SERIES

NEIGHBOURS = 4  # on each side; a spike beside another one is known from the second one after it
STORED = -1
"""`source` of a row that is stored."""
_END_US = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Around:
    """What is stored around the new rows of some points: one stretch of each.

    `stored` and `new` are sorted by (point_id, ts_us). `ids` are the points, each once and rising;
    `has_begin` and `has_end` say of each whether nothing that counts lies before or after.
    """

    ids: NDArray[np.int32]
    stored: Rows
    new: Rows
    has_begin: NDArray[np.bool_]
    has_end: NDArray[np.bool_]


@dataclass(frozen=True)
class Rejudged:
    """What came of it. `is_settled` says of each point whether enough was known around it.

    `rows` are all rows of the settled points, sorted, with the masks that `checks` gives them;
    `is_new` tells the new ones, and `is_other` stored ones whose mask is another one now.
    """

    is_settled: NDArray[np.bool_]
    rows: Rows
    checks: NDArray[np.int32]
    is_new: NDArray[np.bool_]
    is_other: NDArray[np.bool_]
    until_us: NDArray[np.int64]
    """Up to where something can have changed, of each point."""


def rejudge(around: Around, points: Points) -> Rejudged:
    """Return the masks of new rows, and of the stored ones that are judged otherwise by them."""
    rows, is_new = _merged(around)
    group = np.searchsorted(around.ids, rows.point_id)
    found = usable_rows(rows, points)
    checks = (rows.checks & ~np.int32(OF_SERIES)) | neighbour_checks(rows, found, points)
    span = _Span(around, rows, is_new, group)
    stored_found = usable_rows(around.stored, points)
    for band in bands(points.rules):
        new = np.ones(len(rows), bool)
        marked = mark_runs(rows, found, band, {}, new)
        checks[found.place] |= bit(marked.is_marked, band.check)
        before = mark_runs(around.stored, stored_found, band, {}, np.ones(len(around.stored), bool))
        span.widen(rows, found, marked)
        span.widen(around.stored, stored_found, before)
        span.follow(found, marked)
    is_settled = span.is_settled(found)
    settled = is_settled[group]
    # Of a stored row only that is known anew which new ones decide about.
    known = bit(span.holds(), OF_RUNS) | bit(span.is_beside(found), OF_PAIRS)
    known = np.where(is_new, np.int32(OF_SERIES), known)
    checks = np.where(settled, (rows.checks & ~known) | (checks & known), rows.checks)
    is_other = ~is_new & (checks != rows.checks)
    return Rejudged(
        is_settled,
        rows.take(settled),
        checks[settled],
        is_new[settled],
        is_other[settled],
        span.until_us,
    )


def _merged(around: Around) -> tuple[Rows, NDArray[np.bool_]]:
    """Return all rows, sorted; of two with one key the stored one stays."""
    rows = joined(around.stored, around.new)
    is_new = np.arange(len(rows)) >= len(around.stored)
    order = np.lexsort((is_new, rows.ts_us, rows.point_id))
    rows, is_new = rows.take(order), is_new[order]
    repeats = np.zeros(len(rows), bool)
    repeats[1:] = (np.diff(rows.point_id) == 0) & (np.diff(rows.ts_us) == 0)
    return rows.take(~repeats), is_new[~repeats]


class _Span:
    """From when to when new rows can change a verdict, of each point."""

    def __init__(
        self, around: Around, rows: Rows, is_new: NDArray[np.bool_], group: NDArray[np.intp]
    ) -> None:
        self._around = around
        self._group = group
        self._rows = rows
        size = len(around.ids)
        self.since_us = np.full(size, _END_US)
        self.until_us = np.full(size, -_END_US)
        arrived = np.searchsorted(around.ids, around.new.point_id)
        np.minimum.at(self.since_us, arrived, around.new.ts_us)
        np.maximum.at(self.until_us, arrived, around.new.ts_us)
        self._came_us = self.since_us.copy(), self.until_us.copy()
        self._followed: list[tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]]] = []
        self._is_new = is_new

    def widen(self, rows: Rows, found: Usable, marked: Marked) -> None:
        """Take in the runs that reach over the new rows, or over the place where they came."""
        group = np.searchsorted(self._around.ids, rows.point_id[found.place])
        ts_us = rows.ts_us[found.place]
        since_us, until_us = self._came_us
        over = (ts_us >= since_us[group]) & (marked.start_us <= until_us[group])
        np.minimum.at(self.since_us, group[over], marked.start_us[over])
        np.maximum.at(self.until_us, group[over], ts_us[over])

    def follow(self, found: Usable, marked: Marked) -> None:
        """Remember when the run up to each row begins."""
        self._followed.append(
            (self._group[found.place], self._rows.ts_us[found.place], marked.start_us)
        )

    def holds(self) -> NDArray[np.bool_]:
        """Mark the rows of the span."""
        group, ts_us = self._group, self._rows.ts_us
        held: NDArray[np.bool_] = ts_us >= self.since_us[group]
        return held & (ts_us <= self.until_us[group])

    def is_beside(self, found: Usable) -> NDArray[np.bool_]:
        """Mark what lies beside new rows: the next of all, and the usable ones behind those."""
        beside = np.zeros(len(self._rows), bool)
        everything = np.arange(len(self._rows))
        for place in (everything, found.place, found.place):
            near = (self._is_new | beside)[place]
            same = np.diff(self._group[place]) == 0
            beside[place[1:][near[:-1] & same]] = True
            beside[place[:-1][near[1:] & same]] = True
        return beside

    def is_settled(self, found: Usable) -> NDArray[np.bool_]:
        """Tell of which points enough is known: what lies further away decides nothing."""
        size = len(self._around.ids)
        group, ts_us = self._group[found.place], self._rows.ts_us[found.place]
        since_us, until_us = self._came_us
        enough_before = np.bincount(group, ts_us < since_us[group], size) >= NEIGHBOURS
        enough_after = np.bincount(group, ts_us > until_us[group], size) >= NEIGHBOURS
        begins_us = np.full(size, _END_US)
        np.minimum.at(begins_us, group, ts_us)
        for of_row, row_us, start_us in self._followed:
            earliest_us = np.full(size, _END_US)
            inside = row_us >= self.since_us[of_row]
            np.minimum.at(earliest_us, of_row[inside], start_us[inside])
            latest_us = np.full(size, -_END_US)
            np.maximum.at(latest_us, of_row, start_us)
            enough_before &= earliest_us > begins_us
            enough_after &= latest_us > self.until_us
        return (enough_before | self._around.has_begin) & (enough_after | self._around.has_end)
