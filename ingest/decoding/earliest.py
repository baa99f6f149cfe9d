"""From when on the readings of a point are taken: a sender cannot write into a time not its own.

A broker does not pass on who published; the topic rules say whose a point is. While a trial runs,
its own points are its gateway's, and no stamp of theirs is older than the trial. Nobody's stamp is
older than the site, or of a time whose readings were dropped.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.decoding.point import BEGINNING_US, Point
from ingest.decoding.rejection import Reason, Rejection
from ingest.decoding.timestamps import moment


class Earliest:
    """The earliest device time of each point, by the time of reception."""

    def __init__(
        self, points: Sequence[Point], dropped_before_us: int, *, binds_trials: bool
    ) -> None:
        ordered = sorted(points, key=lambda point: point.point_id)
        trials = [
            (place, trial)
            for place, point in enumerate(ordered)
            for trial in (point.trials if binds_trials else ())
        ]
        self._names = [f"{point.line}/{point.key}" for point in ordered]
        self._dropped_before_us = dropped_before_us
        self._ids = np.array([point.point_id for point in ordered], np.int32)
        begins_us = np.array([point.begins_us for point in ordered], np.int64)
        self._floor_us = np.maximum(begins_us, dropped_before_us)
        self._trials = trials
        self._starts_us = np.array([trial.starts_us for _, trial in trials], np.int64)

    def judged(self, rows: Rows) -> tuple[Rows, list[tuple[int, Rejection]]]:
        """Return the rows that are not too old, and the rejections of the others.

        All ids must be known.
        """
        early = self._early(rows)
        if not early.size:
            return rows, []
        earliest_us = self._earliest_us(rows.take(early))
        is_old = rows.ts_us[early] < earliest_us
        refused = [
            (int(rows.source[row]), self._rejection(rows, row, bound_us))
            for row, bound_us in zip(early[is_old], earliest_us[is_old].tolist(), strict=True)
        ]
        kept = np.ones(len(rows), bool)
        kept[early[is_old]] = False
        return (rows.take(kept) if refused else rows), refused

    def _early(self, rows: Rows) -> NDArray[np.intp]:
        """Return the places of rows before some point's earliest time; of live ones none is."""
        if not len(rows):
            return np.array([], np.intp)
        started_us = self._starts_us[self._starts_us <= rows.received_us.max()]
        newest_us = max(self._floor_us.max(), started_us.max(initial=BEGINNING_US))
        return np.flatnonzero(rows.ts_us < newest_us)

    def _earliest_us(self, rows: Rows) -> NDArray[np.int64]:
        place = np.searchsorted(self._ids, rows.point_id)
        earliest_us = self._floor_us[place]
        for of_point, trial in self._trials:
            runs = (rows.received_us >= trial.starts_us) & (rows.received_us < trial.ends_us)
            own = runs & (place == of_point)
            earliest_us[own] = np.maximum(earliest_us[own], trial.starts_us)
        return earliest_us

    def _rejection(self, rows: Rows, row: int, bound_us: int) -> Rejection:
        place = int(np.searchsorted(self._ids, rows.point_id[row]))
        if bound_us == self._dropped_before_us:
            why = "readings from before it were dropped"
        elif bound_us == self._floor_us[place]:
            why = "when the site began"
        else:
            why = "when the trial began that its sender belongs to"
        stamp = moment(int(rows.ts_us[row]))
        sentence = f"{self._names[place]} at {stamp} is before {moment(bound_us)}, {why}"
        return Rejection(Reason.STAMP_TOO_OLD, sentence)
