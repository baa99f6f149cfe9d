"""One alarm at work: its definition, its condition, how it stands, and what it writes down (pure)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID, uuid4

from ingest.alarms.detector import Change, Detector
from ingest.alarms.machine import Input, Standing, State, move
from schemas.alarm.condition import Condition

KINDS: Mapping[Input, str] = {
    Input.RAISE: "raised",
    Input.CLEAR: "cleared",
    Input.ACKNOWLEDGE: "acknowledged",
    Input.RESET: "reset",
    Input.SHELVE: "shelved",
    Input.UNSHELVE: "unshelved",
    Input.SHELF_ENDS: "shelf_ended",
    Input.SUPPRESS: "suppressed",
    Input.UNSUPPRESS: "unsuppressed",
    Input.TAKE_OUT_OF_SERVICE: "out_of_service",
    Input.RETURN_TO_SERVICE: "returned_to_service",
}
COMMENTED = "commented"


@dataclass(frozen=True)
class Definition:
    """An alarm as it is defined now; `point_id` is None of one that is about the whole site.

    `causes` are keys of alarms of its site, `stopped_codes` the states of `stopped_point_id` in which it is
    suppressed by design.
    """

    alarm_id: UUID
    site_id: int
    key: str
    priority: str
    condition: Condition
    point_id: int | None
    is_latching: bool = False
    causes: tuple[str, ...] = ()
    stopped_point_id: int | None = None
    stopped_codes: tuple[int, ...] = ()


class Entry(NamedTuple):
    """A line of the journal. Times are in microseconds since 1970 UTC."""

    alarm_id: UUID
    occurrence: UUID | None
    kind: str
    at_us: int
    priority: str
    state: State
    is_late: bool
    value: float = math.nan
    limit: float | None = None
    account_id: int | None = None
    comment: str | None = None


class Act(NamedTuple):
    """What a person wants done; `until_us` is the end of a shelf."""

    act_id: int
    alarm_id: UUID
    occurrence: UUID | None
    kind: str
    at_us: int
    account_id: int
    comment: str
    until_us: int | None


@dataclass
class Aside:
    """Who or what has put an alarm aside, and why."""

    shelved_by: int | None = None
    shelved_reason: str | None = None
    suppressed_by: str | None = None
    cause: UUID | None = None
    out_of_service_by: int | None = None
    out_of_service_reason: str | None = None


@dataclass
class Alarm:
    """Moves an alarm; each move is written down as an entry.

    `occurrence` is the newest. `lag_us` is how much later than their stamps its readings come. `late_after_us`
    is how much later than it was so something is recorded without being called late.
    """

    definition: Definition
    detector: Detector
    late_after_us: int
    standing: Standing = field(default_factory=Standing)
    since_us: int = 0
    occurrence: UUID | None = None
    aside: Aside = field(default_factory=Aside)
    lag_us: int = 0

    @property
    def alarm_id(self) -> UUID:
        """Its number."""
        return self.definition.alarm_id

    def change(self, change: Change, now_us: int) -> Iterator[Entry]:
        """Take what its condition did."""
        if change.is_on:
            yield from self.rise(change.at_us, change.value, now_us)
        else:
            yield from self.clear(change.at_us, change.value, now_us)

    def rise(self, at_us: int, value: float, now_us: int) -> Iterator[Entry]:
        """Begin an occurrence, unless one is going on."""
        if not self.standing.is_active:
            self.occurrence = uuid4()
            yield from self._move(Input.RAISE, at_us, now_us, value=value)

    def clear(self, at_us: int, value: float, now_us: int) -> Iterator[Entry]:
        """End the occurrence that is going on."""
        yield from self._move(Input.CLEAR, at_us, now_us, value=value)

    def past(
        self, begin_us: int, end_us: int, value: float, now_us: int
    ) -> Iterator[Entry]:
        """Write down an occurrence that is over already; what goes on now is not touched by it."""
        if not self.standing.is_active:
            yield from self.rise(begin_us, value, now_us)
            yield from self.clear(end_us, math.nan, now_us)
            return
        occurrence = uuid4()
        for kind, at_us in (("raised", begin_us), ("cleared", end_us)):
            yield self._entry(kind, at_us, now_us, occurrence=occurrence, value=value)

    def time_passes(self, now_us: int) -> Iterator[Entry]:
        """End the shelf if it is time."""
        until_us = self.standing.shelved_until_us
        if until_us is not None and until_us <= now_us:
            yield from self._move(Input.SHELF_ENDS, until_us, now_us)
            self.aside.shelved_by = self.aside.shelved_reason = None

    def suppress(
        self, reason: str | None, cause: UUID | None, at_us: int, now_us: int
    ) -> Iterator[Entry]:
        """Be suppressed by design for a reason, or no more."""
        was = self.standing.is_suppressed
        self.aside.suppressed_by, self.aside.cause = reason, cause
        if was != (reason is not None):
            moved_by = Input.SUPPRESS if reason else Input.UNSUPPRESS
            yield from self._move(moved_by, at_us, now_us)

    def act(self, act: Act, now_us: int) -> Iterator[Entry]:
        """Do what a person wants, if it is not too late for that."""
        by = {"account_id": act.account_id, "comment": act.comment or None}
        if act.kind == "comment":
            yield self._entry(COMMENTED, act.at_us, now_us, occurrence=act.occurrence, **by)
        elif act.kind == "acknowledge":
            yield from self._acknowledge(act, now_us)
        elif act.kind == "shelve":
            self.aside.shelved_by, self.aside.shelved_reason = act.account_id, act.comment
            yield from self._move(Input.SHELVE, act.at_us, now_us, until_us=act.until_us, **by)
        elif act.kind == "approve_out_of_service":
            self.aside.out_of_service_by = act.account_id
            self.aside.out_of_service_reason = act.comment
            yield from self._move(Input.TAKE_OUT_OF_SERVICE, act.at_us, now_us, **by)
        else:
            yield from self._move(_ACTS[act.kind], act.at_us, now_us, **by)
        if self.standing.shelved_until_us is None:
            self.aside.shelved_by = self.aside.shelved_reason = None
        if not self.standing.is_out_of_service:
            self.aside.out_of_service_by = self.aside.out_of_service_reason = None

    def _acknowledge(self, act: Act, now_us: int) -> Iterator[Entry]:
        """Acknowledge an occurrence; one that is older than the newest leaves the alarm as it stands."""
        by = {"account_id": act.account_id, "occurrence": act.occurrence}
        if act.occurrence == self.occurrence:
            yield from self._move(Input.ACKNOWLEDGE, act.at_us, now_us, **by)
        else:
            yield self._entry("acknowledged", act.at_us, now_us, **by)

    def _move(
        self, moved_by: Input, at_us: int, now_us: int, *, until_us: int | None = None, **more: object
    ) -> Iterator[Entry]:
        after = move(
            self.standing,
            moved_by,
            is_latching=self.definition.is_latching,
            until_us=until_us,
        )
        if after is None:
            return
        if after.state != self.standing.state:
            self.since_us = at_us
        self.standing = after
        yield self._entry(KINDS[moved_by], at_us, now_us, **{"occurrence": self.occurrence} | more)

    def _entry(self, kind: str, at_us: int, now_us: int, **more: object) -> Entry:
        value = more.get("value", math.nan)
        limit = None
        if kind == "raised" and isinstance(value, float) and not math.isnan(value):
            limit = self.definition.condition.limit(value)
        return Entry(
            self.alarm_id,
            kind=kind,
            at_us=at_us,
            priority=self.definition.priority,
            state=self.standing.state,
            is_late=now_us - at_us > self.late_after_us,
            limit=limit,
            **more,
        )


_ACTS = {
    "reset": Input.RESET,
    "unshelve": Input.UNSHELVE,
    "return_to_service": Input.RETURN_TO_SERVICE,
}
