"""Alarms as a viewer sees them: what stands, what is put aside, and the journal of all of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row, dict_row

from dashboard.analysis.alarms.occurrence import Occurrence
from dashboard.analysis.window import Window
from schemas.catalogue import Names
from schemas.queries import queries

PRIORITIES = ("high", "medium", "low", "diagnostic")
URGENT = "high"
Period = tuple[datetime | None, float | None]
"""From when (None: always) a definition gives an operator so many seconds."""
STANDING = (
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
    "latched_unacknowledged",
    "latched_acknowledged",
)
PUT_ASIDE = ("shelved", "suppressed", "out_of_service")
ROWS_MAX = 30  # of a list; a flood has more, and they are counted: a browser is slow with many rows
NAMES_MAX = 30  # of alarms that stand; each page that is open gets them whenever one moves
OCCURRENCES_MAX = 100_000  # of one performance report
SPANS_MAX = 200  # of one chart

_SQL = queries("alarm_screens")


@dataclass(frozen=True)
class Alarm:
    """An alarm with its state; `occurrence` is what people acknowledge."""

    alarm_id: UUID
    key: str
    name: Names
    priority: str
    point_id: int | None
    element: str | None
    line: str | None
    consequence: Names | None
    action: Names | None
    respond_within_s: float | None
    unit: str | None
    state: str
    since: datetime
    is_active: bool
    is_acknowledged: bool
    occurrence: UUID | None
    raised_at: datetime | None
    recorded_at: datetime | None
    cleared_at: datetime | None
    raised_value: float | None
    limit_value: float | None
    is_late: bool | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    shelved_until: datetime | None
    shelved_by: str | None
    shelved_reason: str | None
    suppressed_by: str | None
    cause: str | None
    out_of_service_reason: str | None
    out_of_service_asked_by: str | None
    out_of_service_by: str | None

    @property
    def stands(self) -> bool:
        """Whether it is in the list of alarms."""
        return self.state in STANDING


@dataclass(frozen=True)
class AlarmList:
    """Some alarms, those first that ask for somebody, and how many there are in all."""

    rows: Sequence[Alarm]
    total: int


@dataclass(frozen=True)
class Summary:
    """How many alarms stand by priority, and how many of them nobody has acknowledged.

    `digest` changes with whatever a list of alarms shows. `points` holds the highest priority that
    stands at a point, `names` what that alarm is called, for the NAMES_MAX most urgent ones.
    """

    counts: Mapping[str, tuple[int, int]]
    digest: str = ""
    points: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[int, Names] = field(default_factory=dict)

    @property
    def urgent(self) -> int:
        """How many of the highest priority nobody has acknowledged."""
        return self.counts.get(URGENT, (0, 0))[1]


NO_ALARMS = Summary({})


def alarm_facts(summary: Summary) -> dict[str, Any]:
    """Return a summary as pages know it (`assets/live_alarms.js`)."""
    return {
        "counts": summary.counts,
        "urgent": summary.urgent,
        "state": summary.digest,
        "points": summary.points,
        "names": summary.names,
    }


def summary(connection: psycopg.Connection[Any], site: str) -> Summary:
    """Return how many alarms of a site stand, as far as the viewer sees."""
    asked = {
        "site": site,
        "standing": list(STANDING),
        "priorities": list(PRIORITIES),
        "limit": NAMES_MAX,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["summary"], asked).fetchall()
    rows.sort(key=lambda row: PRIORITIES.index(row["priority"]), reverse=True)
    counts = {row["priority"]: (row["standing"], row["unacknowledged"]) for row in rows}
    points = {point: row["priority"] for row in rows for point in row["points"] or ()}
    named = rows[0]["names"] or () if rows else ()
    names: dict[int, Names] = dict(reversed(named))  # of several at a point the most urgent one
    return Summary(counts, "".join(row["digest"] for row in rows), points, names)


def alarms_in(
    connection: psycopg.Connection[Any],
    site: str,
    states: Sequence[str],
    priority: str | None = None,
) -> AlarmList:
    """Return at most ROWS_MAX alarms in some states, those first that ask for somebody."""
    asked = {
        "site": site,
        "states": list(states),
        "priority": priority,
        "priorities": list(PRIORITIES),
        "limit": ROWS_MAX,
    }
    rows = connection.execute(_SQL["in_states"], asked).fetchall()
    found = {alarm.alarm_id: alarm for alarm in _some(connection, [row[0] for row in rows])}
    total = rows[0][1] if rows else 0
    return AlarmList([found[row[0]] for row in rows if row[0] in found], total)


def alarm_site(connection: psycopg.Connection[Any], alarm_id: UUID) -> str | None:
    """Return the site of an alarm; None if the viewer sees no such alarm."""
    row = connection.execute(_SQL["alarm_site"], {"alarm": alarm_id}).fetchone()
    return None if row is None else str(row[0])


def one_alarm(connection: psycopg.Connection[Any], alarm_id: UUID) -> Alarm | None:
    """Return an alarm in whatever state; None if it is not there, or not the viewer's."""
    return next(iter(_some(connection, [alarm_id])), None)


def _some(connection: psycopg.Connection[Any], alarms: Sequence[UUID]) -> list[Alarm]:
    with connection.cursor(row_factory=class_row(Alarm)) as cursor:
        return cursor.execute(_SQL["some"], {"alarms": list(alarms)}).fetchall()


@dataclass(frozen=True)
class Reported:
    """The occurrences of a window that called people, and what their alarms are called.

    `silent` others called nobody; `is_cut` tells whether there were more of either.
    """

    occurrences: Sequence[Occurrence]
    names: Mapping[UUID, Names]
    silent: int
    is_cut: bool


def reported(connection: psycopg.Connection[Any], site: str, window: Window) -> Reported:
    """Return what was raised or active in a window, the newest OCCURRENCES_MAX."""
    asked = {
        "site": site,
        "start": window.start,
        "end": window.end,
        "limit": OCCURRENCES_MAX + 1,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["occurrences"], asked).fetchall()
    names = {row["alarm_id"]: row.pop("name") for row in rows}
    is_cut = len(rows) > OCCURRENCES_MAX
    known = rows[:OCCURRENCES_MAX]
    asked = {"occurrences": [row["occurrence"] for row in known]}
    uncalled = {each for (each,) in connection.execute(_SQL["uncalled"], asked)}
    respond_s, cleared = _times_to_respond(connection, names), _cleared_values(connection, known)
    calling = [
        Occurrence(
            **row,
            respond_within_s=_newest(respond_s.get(row["alarm_id"], ()), row["raised_at"]),
            cleared_value=cleared.get((occurrence, row["cleared_at"])),
        )
        for row in known
        if (occurrence := row.pop("occurrence")) not in uncalled
    ]
    return Reported(calling, names, len(known) - len(calling), is_cut)


def _times_to_respond(
    connection: psycopg.Connection[Any], alarms: Iterable[UUID]
) -> dict[UUID, list[Period]]:
    """Return what definitions of alarms give an operator, in order of time."""
    found: defaultdict[UUID, list[Period]] = defaultdict(list)
    asked = {"alarms": list(alarms)}
    for alarm, valid_from, within_s in connection.execute(_SQL["times_to_respond"], asked):
        found[alarm].append((valid_from, within_s))
    return found


def _newest(periods: Sequence[Period], at: datetime) -> float | None:
    return next(
        (within_s for since, within_s in reversed(periods) if since is None or since <= at), None
    )


def _cleared_values(
    connection: psycopg.Connection[Any], rows: Iterable[Mapping[str, Any]]
) -> dict[tuple[UUID, datetime], float | None]:
    """Return with which value occurrences were over."""
    moments = {row["cleared_at"] for row in rows} - {None}
    asked = {"moments": list(moments)}
    return {
        (occurrence, at): value
        for occurrence, at, value in connection.execute(_SQL["cleared_values"], asked)
    }


@dataclass(frozen=True)
class Span:
    """From when until when an alarm was active; `cleared_at` is None while it is."""

    alarm_id: UUID
    priority: str
    name: Names
    point_id: int | None
    raised_at: datetime
    cleared_at: datetime | None


def spans(
    connection: psycopg.Connection[Any],
    window: Window,
    points: Sequence[int] = (),
    alarm_id: UUID | None = None,
) -> list[Span]:
    """Return when alarms of some points, or one alarm, were active in a window."""
    asked = {
        "points": list(points),
        "alarm": alarm_id,
        "start": window.start,
        "end": window.end,
        "limit": SPANS_MAX,
    }
    with connection.cursor(row_factory=class_row(Span)) as cursor:
        return cursor.execute(_SQL["spans"], asked).fetchall()
