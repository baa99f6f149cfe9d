"""Whether readings flow, read from the database alone."""

from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg.rows import class_row

from deploy.operations.calculation import NOTHING_CALCULATED, Calculation, read_calculation
from deploy.operations.quarantine_text import printable
from deploy.operations.storage import read_storage
from schemas.connection import connect
from schemas.migrate import pending
from schemas.queries import queries
from schemas.rights import AS_GIVEN, Rights, compare

FLOWING_AGE_MIN_S = 120.0
STALEST_LIMIT_ROWS = 5
MISSING_LIMIT_ROWS = 5
OVERDUE = timedelta(days=2)  # of chunks that a daily timer should have dropped

_SQL = queries("status")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True)
class PointCounts:
    """How many points there are and how their newest readings look.

    `newest_age_s` counts from reception, and is None if there is no reading.
    `shortest_interval_s` is None if no point has an expected interval.
    """

    points: int
    silent: int
    stale: int
    newest_age_s: float | None
    shortest_interval_s: float | None


@dataclass(frozen=True)
class Waiting:
    """What waits in quarantine for one reason."""

    reason: str
    messages: int
    newest_age_s: float


@dataclass(frozen=True)
class Stale:
    """A point that has been silent for more than twice its interval, "<line>/<point>"."""

    point: str
    age_s: float


@dataclass(frozen=True)
class Missing:
    """Messages of a topic that were lost before us, by the numbers that their senders gave them."""

    topic: str
    messages: int


@dataclass(frozen=True)
class Arriving:
    """What was stored in the last five minutes, by the time of its reception, and how long ago."""

    readings_per_s: float = 0.0
    newest_age_s: float | None = None


@dataclass(frozen=True)
class Following:
    """How many processes follow readings for alarms, how far behind, and how many call people."""

    alarms: int = 0
    notifiers: int = 0
    behind_s: float | None = None


@dataclass(frozen=True)
class UnreadPlace:
    """What a mapping, "<site>/<mapping>", does not read of its payloads."""

    mapping: str
    pointer: str
    topic: str
    times: int
    age_s: float


@dataclass(frozen=True)
class Status:
    """One look at the database."""

    pending_migrations: int
    counts: PointCounts
    stalest: list[Stale]
    arriving: Arriving
    quarantined: list[Waiting]
    ingesting: int
    missing: list[Missing]
    unread: list[UnreadPlace]
    rights: Rights = AS_GIVEN
    overdue_chunks: int = 0
    following: Following = Following()
    calculation: Calculation = NOTHING_CALCULATED

    @property
    def alarms_followed(self) -> bool:
        """True if alarms are followed, and no commit has waited for that for 120 s."""
        behind_s = self.following.behind_s or 0.0
        return self.following.alarms > 0 and behind_s <= FLOWING_AGE_MIN_S

    @property
    def newest_age_s(self) -> float | None:
        """How long ago the newest reading came; a late one is no point's latest."""
        ages_s = (self.counts.newest_age_s, self.arriving.newest_age_s)
        return min((age_s for age_s in ages_s if age_s is not None), default=None)

    @property
    def flowing(self) -> bool:
        """True if the newest reading is not older than two of the shortest interval, or 120 s."""
        age_s = self.newest_age_s
        limit_s = max(FLOWING_AGE_MIN_S, 2 * (self.counts.shortest_interval_s or 0))
        return age_s is not None and age_s <= limit_s

    def lines(self) -> list[str]:
        """Return what an operator wants to read, most important first."""
        found = [f"readings    {'flow' if self.flowing else 'DO NOT FLOW'}: {self._newest()}"]
        if self.ingesting:
            found.append("ingest      is connected to this database")
        else:
            found.append("ingest      IS NOT CONNECTED to this database: start `virtaama ingest`")
        if self.calculation.points:
            found.append(f"calculation {self.calculation.text()}")
        found.append(f"alarms      {self._alarms()}")
        found.append(f"points      {self._points()}")
        if self.stalest:
            names = ", ".join(f"{each.point} {duration(each.age_s)}" for each in self.stalest)
            more = ", …" if self.counts.stale > len(self.stalest) else ""
            found.append(f"            stale: {names}{more}")
        found.append(f"quarantine  {self._quarantine()}")
        found.append(f"numbers     {self._numbers()}")
        if self.unread:
            found.append(f"not read    {self._unread()}")
        if self.overdue_chunks:
            found.append(
                f"storage     {self.overdue_chunks} chunks are OLDER than they are kept: run "
                "`virtaama storage apply` daily"
            )
        if self.pending_migrations:
            found.append(f"schema      {self.pending_migrations} steps OLD: run `virtaama migrate`")
        else:
            found.append("schema      current")
            found.append(f"rights      {self._rights()}")
        return found

    def _newest(self) -> str:
        if self.newest_age_s is None:
            return "there is none yet"
        age = duration(self.newest_age_s)
        rate = self.arriving.readings_per_s
        return f"the newest came {age} ago; {rate_text(rate)} a second over five minutes"

    def _alarms(self) -> str:
        if not self.following.alarms:
            return "ARE NOT FOLLOWED: start `virtaama alarms`"
        if not self.alarms_followed:
            return f"are BEHIND by {duration(self.following.behind_s or 0.0)}"
        called = "" if self.following.notifiers else "; nobody is called: no `virtaama notify` runs"
        return f"are followed{called}"

    def _points(self) -> str:
        if not self.counts.points:
            return "none: load a site with `virtaama site load`"
        return (
            f"{self.counts.points}, of them {self.counts.stale} stale and "
            f"{self.counts.silent} never heard"
        )

    def _quarantine(self) -> str:
        if not self.quarantined:
            return "empty"
        reasons = ", ".join(f"{each.messages} {each.reason}" for each in self.quarantined)
        newest_s = min(each.newest_age_s for each in self.quarantined)
        return f"{reasons}; the newest came {duration(newest_s)} ago"

    def _numbers(self) -> str:
        if not self.missing:
            return "no message is missing"
        topics = ", ".join(f"{each.messages} of {each.topic}" for each in self.missing)
        more = ", …" if len(self.missing) == MISSING_LIMIT_ROWS else ""
        return f"messages MISSING before us: {topics}{more}"

    def _unread(self) -> str:
        mappings = {each.mapping for each in self.unread}
        first = self.unread[0]
        places = "1 place" if len(self.unread) == 1 else f"{len(self.unread)} places"
        plural = "" if len(mappings) == 1 else "s"
        return (
            f"{places} in payloads of {len(mappings)} mapping{plural}, such as "
            f"{printable(first.pointer)} on {printable(first.topic)}: `virtaama status --unread`"
        )

    def _rights(self) -> str:
        more, missing = len(self.rights.more), len(self.rights.missing)
        if not more and not missing:
            return "as the schema gives them"
        counts = [f"{more} MORE"] * bool(more) + [f"{missing} MISSING"] * bool(missing)
        return f"{' and '.join(counts)}: `virtaama status --rights`"

    def rights_lines(self) -> list[str]:
        """Return a line for each right that the schema does not give, or that is not held."""
        return [f"MORE     {each}" for each in self.rights.more] + [
            f"MISSING  {each}" for each in self.rights.missing
        ]

    def unread_lines(self) -> list[str]:
        """Return a line for each place that no mapping reads."""
        return [
            f"{each.mapping}: {printable(each.pointer)}, {each.times} times, "
            f"the last {duration(each.age_s)} ago on {printable(each.topic)}"
            for each in self.unread
        ]


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: "3 h 12 min"."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def rate_text(rate_per_s: float) -> str:
    """Return a rate with one decimal, a small one with two significant digits: "0.043"."""
    if rate_per_s == 0.0 or rate_per_s >= 0.95:
        return f"{rate_per_s:.1f}"
    return f"{rate_per_s:.2g}"


def read_status(dsn: str) -> Status:
    """Read the status. Raises psycopg.Error if there is no server or no schema."""
    unapplied = len(pending(dsn))
    with connect(dsn) as connection:
        with connection.cursor(row_factory=class_row(PointCounts)) as cursor:
            counts = cursor.execute(_SQL["points"]).fetchone()
        assert counts is not None
        with connection.cursor(row_factory=class_row(Stale)) as cursor:
            limit = {"limit_rows": STALEST_LIMIT_ROWS}
            stalest = cursor.execute(_SQL["stalest"], limit).fetchall()
        with connection.cursor(row_factory=class_row(Waiting)) as cursor:
            quarantined = cursor.execute(_SQL["quarantine"]).fetchall()
        ingesting = connection.execute(_SQL["ingesting"]).fetchone()
        arriving, lost, unread = Arriving(), list[Missing](), list[UnreadPlace]()
        held, overdue, following = AS_GIVEN, 0, Following()
        calculation = NOTHING_CALCULATED
        if not unapplied:  # an older schema has no such tables
            with connection.cursor(row_factory=class_row(Arriving)) as cursor:
                arriving = cursor.execute(_SQL["arriving"]).fetchone() or arriving
            with connection.cursor(row_factory=class_row(Missing)) as cursor:
                limit = {"limit_rows": MISSING_LIMIT_ROWS}
                lost = cursor.execute(_SQL["missing"], limit).fetchall()
            with connection.cursor(row_factory=class_row(UnreadPlace)) as cursor:
                unread = cursor.execute(_SQL["unread"]).fetchall()
            with connection.cursor(row_factory=class_row(Following)) as cursor:
                following = cursor.execute(_SQL["following"]).fetchone() or following
            calculation = read_calculation(connection)
            held = compare(connection)
            overdue = _overdue_chunks(connection)
    return Status(
        unapplied,
        counts,
        stalest,
        arriving,
        quarantined,
        ingesting[0] if ingesting else 0,
        lost,
        unread,
        held,
        overdue,
        following,
        calculation,
    )


def _overdue_chunks(connection: psycopg.Connection) -> int:
    """Return how many chunks should be gone since OVERDUE."""
    row = connection.execute(_SQL["now"]).fetchone()
    assert row is not None
    storage = read_storage(connection, row[0])
    return sum(map(len, storage.going(row[0] - OVERDUE).values()))
