"""What is asked for as a package: whose, of which trial and time; and whether limits allow it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dashboard.auth.roles import Right, may
from dashboard.exports.errors import ExportRefused, Refusal, TrialNotFound
from dashboard.exports.file_names import safe_name
from dashboard.store import access_log, rights
from schemas.queries import queries

_SQL = queries("trial_package")


@dataclass(frozen=True)
class ExportLimits:
    """What one account may take home."""

    exports_per_day: int = 20
    rows_max: int = 100_000_000


@dataclass(frozen=True)
class PackageRequest:
    """A package to be written: readings from `start` (inclusive) to `end` (exclusive), in UTC.

    Readings before `dropped_before` are stored no longer; None: all are.
    """

    trial: rights.Trial
    viewer: rights.Viewer
    start: datetime
    end: datetime
    limits: ExportLimits
    dropped_before: datetime | None = None

    @property
    def readings_from(self) -> datetime:
        """From when on the package has readings; its end, if none of them are left."""
        return min(max(self.start, self.dropped_before or self.start), self.end)

    @property
    def has_lost(self) -> bool:
        """Whether readings of its time were dropped."""
        return self.readings_from > self.start

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the plant's clocks."""
        return ZoneInfo(self.trial.time_zone)

    @property
    def file_name(self) -> str:
        """What the download is called: virtaama-<site>-<trial>-<last day>.zip"""
        parts = (self.trial.site, self.trial.line, self.trial.key)
        day = self.end.astimezone(self.zone).date().isoformat()
        return f"virtaama-{'-'.join(map(safe_name, parts))}-{day}.zip"


def request_package(
    connection: psycopg.Connection[Any],
    trial_id: int,
    now: datetime,
    span: tuple[datetime, datetime] | None = None,
    limits: ExportLimits | None = None,
) -> PackageRequest:
    """Ask for a package in a transaction of the viewer that may write: it is logged as an export.

    Without a `span` it is the whole trial so far. Raises TrialNotFound, ExportRefused.
    """
    limits = limits or ExportLimits()
    start, end = span or (None, None)
    trial, viewer = rights.trial(connection, trial_id), rights.viewer(connection)
    if trial is None or viewer is None:
        raise TrialNotFound
    if viewer.account_id is None or not may(viewer.role, Right.EXPORT):
        raise ExportRefused(
            Refusal.ROLE, "This account may look at the trial, but not take its data home."
        )
    row = connection.execute(_SQL["recent_exports"]).fetchone()
    if row is not None and row[0] >= limits.exports_per_day:
        raise ExportRefused(
            Refusal.DAY,
            f"{limits.exports_per_day} packages were made in the last 24 hours; try tomorrow.",
        )
    found = PackageRequest(
        trial,
        viewer,
        start=max(trial.starts_at, start or trial.starts_at),
        end=min(trial.ends_at, now, end or now),
        limits=limits,
    )
    if found.start >= found.end:
        raise ExportRefused(Refusal.EMPTY, "The trial has no data in this time; choose another.")
    times = {"start": found.start.isoformat(), "end": found.end.isoformat()}
    access_log.record(
        connection,
        access_log.AuditEvent(
            access_log.Action.EXPORT, found.file_name, trial_id=trial_id, detail=times
        ),
    )
    return found
