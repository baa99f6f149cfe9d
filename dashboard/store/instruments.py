"""The instruments of a site, and when each has to be calibrated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row

from schemas.queries import queries

_SQL = queries("quality_windows")


@dataclass(frozen=True)
class Instrument:
    """An instrument that serves `point_ids`; an interval of None is not known.

    `calibrated_at` is the end of its last calibration; None: none was ever entered.
    """

    key: str
    description: str
    calibration_interval_days: int | None
    point_ids: Sequence[int]
    calibrated_at: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is to be calibrated now: it never was, or that was too long ago."""
        return self.due_at is None or self.due_at <= now

    @property
    def due_at(self) -> datetime | None:
        """When it is to be calibrated again; None where that cannot be told."""
        if self.calibration_interval_days is None or self.calibrated_at is None:
            return None
        return self.calibrated_at + timedelta(days=self.calibration_interval_days)


def instrument_names(found: Sequence[Instrument]) -> dict[str, str]:
    """Return what people call instruments, by key."""
    return {each.key: each.description for each in found}


def instruments(connection: psycopg.Connection[Any], site: str, language: str) -> list[Instrument]:
    """Return the instruments that serve a point of a site now, as far as the viewer sees them."""
    asked = {"site": site, "language": language}
    with connection.cursor(row_factory=class_row(Instrument)) as cursor:
        return cursor.execute(_SQL["instruments"], asked).fetchall()
