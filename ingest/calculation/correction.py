"""What must be written so that stored values are those that follow from the inputs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.calculation.readings import Ints, Lookup, Readings
from ingest.calculation.stretches import Stretch
from ingest.decoding.columns import Rows, bare_rows, joined


@dataclass(frozen=True)
class Correction:
    """Rows that are added; rows of other points that replace others; what goes. All are sorted.

    `corrected` and `gone` are of points of which something stored was wrong; their rollups are made
    anew where `spans` (point, first and last moment) lie.
    """

    added: Rows
    corrected: Rows
    gone: Readings
    spans: Sequence[tuple[int, int, int]]

    @property
    def written(self) -> Rows:
        """All rows that are written."""
        return _sorted(joined(self.added, self.corrected))

    @property
    def touched(self) -> Rows:
        """A row for each moment that changes; of those that go only point and time."""
        nothing = np.full(len(self.gone), np.nan)
        gone = bare_rows(self.gone.point_id, self.gone.ts_us, nothing)
        return _sorted(joined(self.written, gone))


def correction(stretches: Sequence[Stretch], wanted: Rows, stored: Readings) -> Correction:
    """Compare what should be there in stretches, each of another point, with what is."""
    stored = stored.take(_within(stretches, stored))
    place = Lookup(stored).last(wanted.point_id, wanted.ts_us)
    same = place >= 0
    at, rows = place[same], wanted.take(same)
    is_equal = stored.ts_us[at] == rows.ts_us
    value = stored.value[at]
    is_equal &= (value == rows.value) | (np.isnan(value) & np.isnan(rows.value))
    is_equal &= stored.qc[at] == rows.qc
    same[same] = is_equal
    wrong = np.ones(len(stored), bool)
    wrong[place[same]] = False
    gone = stored.take(wrong)
    differing = wanted.take(~same)
    is_corrected = np.isin(differing.point_id, gone.point_id)
    corrected = differing.take(is_corrected)
    return Correction(differing.take(~is_corrected), corrected, gone, _spans(corrected, gone))


def _within(stretches: Sequence[Stretch], stored: Readings) -> NDArray[np.bool_]:
    """Mark what is of a point and in its stretch."""
    ordered = sorted(stretches, key=lambda each: each.point_id)
    point_id, from_us, to_us = _columns([(s.point_id, s.from_us, s.to_us) for s in ordered])
    place = np.searchsorted(point_id, stored.point_id).clip(max=len(ordered) - 1)
    found: NDArray[np.bool_] = point_id[place] == stored.point_id
    found &= (stored.ts_us >= from_us[place]) & (stored.ts_us <= to_us[place])
    return found


def _spans(corrected: Rows, gone: Readings) -> Sequence[tuple[int, int, int]]:
    point_id = np.concatenate((corrected.point_id, gone.point_id))
    ts_us = np.concatenate((corrected.ts_us, gone.ts_us))
    order = np.lexsort((ts_us, point_id))
    point_id, ts_us = point_id[order], ts_us[order]
    first = np.flatnonzero(np.diff(point_id, prepend=-1))
    last = np.append(first[1:], len(point_id)) - 1 if len(first) else first
    return list(
        zip(point_id[first].tolist(), ts_us[first].tolist(), ts_us[last].tolist(), strict=True)
    )


def _columns(rows: Sequence[tuple[int, int, int]]) -> tuple[Ints, Ints, Ints]:
    columns = np.array(rows, np.int64)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def _sorted(rows: Rows) -> Rows:
    return rows.take(np.lexsort((rows.ts_us, rows.point_id)))
