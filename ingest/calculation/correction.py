"""What must be written so that stored values are those that follow from the inputs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.calculation.stretches import Stretch
from ingest.calculation.values import NO_ROWS, NOTHING, Series
from ingest.decoding.columns import Rows, concatenated, joined


@dataclass(frozen=True)
class Correction:
    """Rows that are added, and of other points those that replace others; what goes; sorted rows.

    `corrected` and `gone` are of points of which something stored was wrong; their rollups are made
    anew where `spans` (point, first and last moment) lie.
    """

    added: Rows
    corrected: Rows
    gone: Sequence[tuple[int, int]]
    spans: Sequence[tuple[int, int, int]]

    @property
    def written(self) -> Rows:
        """All rows that are written."""
        rows = joined(self.added, self.corrected)
        return rows.take(np.lexsort((rows.ts_us, rows.point_id)))


def correction(
    stretches: Sequence[Stretch], wanted: Rows, stored: Mapping[int, Series]
) -> Correction:
    """Compare what should be there in stretches with what is; both in order of (point, time)."""
    added, corrected = [NO_ROWS], [NO_ROWS]
    gone: list[tuple[int, int]] = []
    spans: list[tuple[int, int, int]] = []
    for stretch in stretches:
        rows = _within(wanted, stretch)
        series = stored.get(stretch.point_id, NOTHING)
        there = (series.ts_us >= stretch.from_us) & (series.ts_us <= stretch.to_us)
        differs, wrong_us = _differences(rows, series, there)
        rows = rows.take(differs)
        if not len(wrong_us):
            added.append(rows)
            continue
        corrected.append(rows)
        gone += [(stretch.point_id, moment) for moment in wrong_us.tolist()]
        moments = np.concatenate((rows.ts_us, wrong_us))
        spans.append((stretch.point_id, int(moments.min()), int(moments.max())))
    return Correction(concatenated(added), concatenated(corrected), gone, spans)


def _within(rows: Rows, stretch: Stretch) -> Rows:
    begin, end = np.searchsorted(rows.point_id, [stretch.point_id, stretch.point_id + 1])
    own = rows.take(slice(begin, end))
    first = np.searchsorted(own.ts_us, stretch.from_us)
    last = np.searchsorted(own.ts_us, stretch.to_us, side="right")
    return own.take(slice(first, last))


def _differences(
    rows: Rows, series: Series, there: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Mark the rows that are not stored so; return the moments of what is stored and wrong."""
    ts_us, value, qc = series.ts_us[there], series.value[there], series.qc[there]
    place = np.searchsorted(ts_us, rows.ts_us)
    known = np.zeros(len(rows), bool)
    inside = place < len(ts_us)
    known[inside] = ts_us[place[inside]] == rows.ts_us[inside]
    same = np.zeros(len(rows), bool)
    at, mine = place[known], rows.take(known)
    equal = (value[at] == mine.value) | (np.isnan(value[at]) & np.isnan(mine.value))
    same[known] = equal & (qc[at] == mine.qc)
    right = np.zeros(len(ts_us), bool)
    right[place[same]] = True
    return ~same, ts_us[~right]
