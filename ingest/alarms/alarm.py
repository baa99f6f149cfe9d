"""One alarm at work: its condition, how it stands, and what it writes down (pure)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID, uuid4

from ingest.alarms.detector import Change, Detector, Sample
from ingest.alarms.episodes import Episode
from ingest.alarms.history import HISTORY_AFTER_US
from ingest.alarms.machine import Input, Standing, State, move
from schemas.alarm.condition import Condition, Watch

# What an alarm is suppressed by while nobody knows yet whether it still is so.
HISTORY = "history"

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

    `causes` are keys of alarms of its site, `stopped_codes` the states of `stopped_point_id` in
    which it is suppressed by design. `valid_from_us` is since when it is defined so, in
    microseconds since 1970 UTC; 0: always.
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
    valid_from_us: int = 0


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

    def forget_what_is_over(self, standing: Standing) -> None:
        """Keep nothing of a shelf or a service that has ended."""
        if standing.shelved_until_us is None:
            self.shelved_by = self.shelved_reason = None
        if not standing.is_out_of_service:
            self.out_of_service_by = self.out_of_service_reason = None


class _Note(NamedTuple):
    """What an entry says beside what moved."""

    occurrence: UUID | None
    value: float = math.nan
    account_id: int | None = None
    comment: str | None = None


@dataclass
class Alarm:
    """Moves an alarm; each move is written down as an entry.

    `occurrence` is the newest. `lag_us` is how much later than their stamps its readings come.
    What is recorded more than `late_after_us` after it was so is called late.
    """

    definition: Definition
    detector: Detector
    late_after_us: int
    standing: Standing = field(default_factory=Standing)
    since_us: int = 0
    occurrence: UUID | None = None
    aside: Aside = field(default_factory=Aside)
    lag_us: int = 0
    recorded_us: tuple[int | None, int | None] = (None, None)
    """Begin and end of the newest occurrence when it was loaded."""
    recorded_rises_us: Sequence[int] = ()
    """The begins of the last ones then, in order of time."""

    @property
    def alarm_id(self) -> UUID:
        """Its number."""
        return self.definition.alarm_id

    def begin(self, samples: Sequence[Sample]) -> None:
        """Take the last readings without moving, from what was recorded for the first of them."""
        raised_us, cleared_us = self.recorded_us
        first_us = samples[0].at_us if samples else math.inf
        self.detector.recall(each for each in self.recorded_rises_us if each < first_us)
        if samples and raised_us is not None:
            is_over = cleared_us is not None and cleared_us <= first_us
            self.detector.is_on = raised_us <= first_us and not is_over
        for sample in samples:
            self.detector.observe(sample)
        # What was observed has been recorded: it would count twice.
        self.detector.recall(self.recorded_rises_us)
        self.trust_the_clock()

    def trust_the_clock(self) -> None:
        """Take what was recorded by time alone, after the last reading, as what is so."""
        detector, is_active = self.detector, self.standing.is_active
        if detector.pending_us is not None and detector.is_on != is_active:
            is_silence = detector.condition.watch is Watch.SILENCE
            detector.is_on = is_active
            detector.pending_us = detector.pending_us if is_silence and not is_active else None

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
            yield from self._move(Input.RAISE, at_us, now_us, _Note(self.occurrence, value))

    def clear(self, at_us: int, value: float, now_us: int) -> Iterator[Entry]:
        """End the occurrence that is going on."""
        yield from self._move(Input.CLEAR, at_us, now_us, _Note(self.occurrence, value))

    def past(self, episode: Episode, now_us: int) -> Iterator[Entry]:
        """Write down an occurrence that is over already.

        What goes on now is not touched by it. History touches nothing, and neither does what was
        suppressed in its own time.
        """
        begin_us, end_us, value, was_suppressed = episode
        assert end_us is not None
        calls_nobody = was_suppressed or now_us - end_us > HISTORY_AFTER_US
        if not self.standing.is_active and not calls_nobody:
            yield from self.rise(begin_us, value, now_us)
            yield from self.clear(end_us, math.nan, now_us)
            return
        occurrence = uuid4()
        state = State.SUPPRESSED if calls_nobody else self.standing.state
        for kind, at_us in (("raised", begin_us), ("cleared", end_us)):
            entry = self._entry(kind, at_us, now_us, _Note(occurrence, value))
            yield entry._replace(state=state)

    def time_passes(self, now_us: int) -> Iterator[Entry]:
        """End the shelf if it is time."""
        until_us = self.standing.shelved_until_us
        if until_us is not None and until_us <= now_us:
            yield from self._move(Input.SHELF_ENDS, until_us, now_us)
            self.aside.forget_what_is_over(self.standing)

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
        note = _Note(self.occurrence, account_id=act.account_id, comment=act.comment or None)
        if act.kind == "comment":
            note = note._replace(occurrence=act.occurrence)
            yield self._entry(COMMENTED, act.at_us, now_us, note)
        elif act.kind == "acknowledge":
            yield from self._acknowledge(act, now_us)
        elif act.kind == "shelve":
            self.aside.shelved_by, self.aside.shelved_reason = act.account_id, act.comment
            yield from self._move(Input.SHELVE, act.at_us, now_us, note, until_us=act.until_us)
        elif act.kind == "approve_out_of_service":
            self.aside.out_of_service_by = act.account_id
            self.aside.out_of_service_reason = act.comment
            yield from self._move(Input.TAKE_OUT_OF_SERVICE, act.at_us, now_us, note)
        else:
            yield from self._move(_ACTS[act.kind], act.at_us, now_us, note)
        self.aside.forget_what_is_over(self.standing)

    def _acknowledge(self, act: Act, now_us: int) -> Iterator[Entry]:
        """Acknowledge an occurrence; an older one leaves the alarm as it stands."""
        note = _Note(act.occurrence, account_id=act.account_id)
        if act.occurrence == self.occurrence:
            yield from self._move(Input.ACKNOWLEDGE, act.at_us, now_us, note)
        else:
            yield self._entry("acknowledged", act.at_us, now_us, note)

    def _move(
        self,
        moved_by: Input,
        at_us: int,
        now_us: int,
        note: _Note | None = None,
        *,
        until_us: int | None = None,
    ) -> Iterator[Entry]:
        # What is over in history is over.
        is_latching = self.definition.is_latching and self.aside.suppressed_by != HISTORY
        after = move(self.standing, moved_by, is_latching=is_latching, until_us=until_us)
        if after is None:
            return
        if after.state != self.standing.state:
            self.since_us = at_us
        self.standing = after
        yield self._entry(KINDS[moved_by], at_us, now_us, note or _Note(self.occurrence))

    def _entry(self, kind: str, at_us: int, now_us: int, note: _Note) -> Entry:
        is_valued = kind == "raised" and not math.isnan(note.value)
        return Entry(
            self.alarm_id,
            note.occurrence,
            kind,
            at_us,
            self.definition.priority,
            self.standing.state,
            is_late=now_us - at_us > self.late_after_us,
            value=note.value,
            limit=self.definition.condition.limit(note.value) if is_valued else None,
            account_id=note.account_id,
            comment=note.comment,
        )


_ACTS = {
    "reset": Input.RESET,
    "unshelve": Input.UNSHELVE,
    "return_to_service": Input.RETURN_TO_SERVICE,
}
