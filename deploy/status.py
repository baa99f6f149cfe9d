"""Whether readings flow, read from the database alone."""

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from schemas.migrate import pending
from schemas.queries import queries

FLOWING_AGE_MAX_S = 120.0
MISSING_TOPICS_MAX = 5

_SQL = queries("status")


@dataclass(frozen=True)
class PointCounts:
    """How many points there are and how their newest readings look."""

    points: int
    silent: int
    stale: int
    newest_age_s: float | None


@dataclass(frozen=True)
class Status:
    """One look at the database: counts, rate over the last five full minutes, quarantine."""

    pending_migrations: int
    counts: PointCounts
    readings_per_s: float
    quarantined: dict[str, int]
    missing: dict[str, int]

    @property
    def flowing(self) -> bool:
        """True if the newest reading came within the last two minutes."""
        age_s = self.counts.newest_age_s
        return age_s is not None and age_s <= FLOWING_AGE_MAX_S

    def lines(self) -> list[str]:
        """Return what an operator wants to read, most important first."""
        age_s = self.counts.newest_age_s
        if age_s is None:
            newest = "none yet: is `virtaama ingest` running, and does anything publish?"
        else:
            newest = f"{age_s:.1f} s ago, {self.readings_per_s:.1f} readings/s over five minutes"
        waiting = ", ".join(f"{reason} {n}" for reason, n in self.quarantined.items()) or "empty"
        return [
            f"readings    {'flow' if self.flowing else 'DO NOT FLOW'}; newest {newest}",
            f"points      {self.counts.points}, of them {self.counts.stale} stale and "
            f"{self.counts.silent} never heard",
            f"quarantine  {waiting}",
            f"numbers     {_missing(self.missing)}",
            f"schema      {'current' if not self.pending_migrations else 'OLD: virtaama migrate'}",
        ]


def read_status(dsn: str) -> Status:
    """Read the status. Raises psycopg.Error if there is no server or no schema."""
    unapplied = len(pending(dsn))
    with psycopg.connect(dsn) as connection:
        with connection.cursor(row_factory=class_row(PointCounts)) as cursor:
            counts = cursor.execute(_SQL["points"]).fetchone()
        assert counts is not None
        rate = connection.execute(_SQL["rate"]).fetchone()
        quarantined: dict[str, int] = dict(connection.execute(_SQL["quarantine"]).fetchall())
        missing: dict[str, int] = {}
        if not unapplied:  # an older schema has no sequences
            missing = dict(connection.execute(_SQL["missing"]).fetchall())
    return Status(unapplied, counts, rate[0] if rate else 0.0, quarantined, missing)


def _missing(by_topic: dict[str, int]) -> str:
    """Name the topics with gaps in their numbers, the latest gap first."""
    if not by_topic:
        return "no message is missing"
    shown = [f"{topic} {count}" for topic, count in list(by_topic.items())[:MISSING_TOPICS_MAX]]
    more = len(by_topic) - len(shown)
    rest = [f"and {more} more topics"] if more > 0 else []
    return f"messages MISSING before us: {', '.join([*shown, *rest])}"
