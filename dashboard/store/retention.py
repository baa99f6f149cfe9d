"""From when on what is stored: over older windows a question is answered by what remains."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from dashboard.analysis.window import DAY_S, FINEST_FIRST, HOUR_S, Resolution, Source, Window
from schemas.queries import queries

_SQL = queries("dashboard_history")
_SOURCES = {
    "reading": Source.RAW,
    "rollup_5m": Source.FIVE_MINUTES,
    "rollup_1h": Source.HOUR,
}
DAYS_MIN_S = 3 * DAY_S

_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class StoredSince:
    """Before which moment the rows of a source were dropped; one that is absent lost nothing."""

    moments: Mapping[Source, datetime]

    def of(self, source: Source) -> datetime:
        """Return from when on the rows of a source are there."""
        return self.moments.get(source, _BEGINNING)

    def lost(self, window: Window) -> frozenset[Source]:
        """Return the sources that are not there over all of a window."""
        return frozenset(one for one in self.moments if window.start < self.of(one))

    def remaining(self, step: Resolution, window: Window) -> Resolution:
        """Return `step`, or the finest step that is left over all of a window.

        Days answer for lost hours only in windows wider than DAYS_MIN_S, which nobody divides into
        hours.
        """
        lost = self.lost(window)
        if step.source not in lost:
            return step
        coarser = FINEST_FIRST[FINEST_FIRST.index(step.source) + 1 :]
        source = next(one for one in coarser if one not in lost)
        if source is Source.DAY and window.width_s > DAYS_MIN_S:
            return Resolution(source, DAY_S)
        return Resolution(Source.HOUR, max(step.step_s, HOUR_S))


def stored_since(connection: psycopg.Connection[Any]) -> StoredSince:
    """Return from when on there are readings, five minutes and hours."""
    rows = connection.execute(_SQL["stored_since"]).fetchall()
    return StoredSince({_SOURCES[name]: moment for name, moment in rows})
