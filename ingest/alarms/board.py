"""All alarms together: which reading concerns which, what is due, what suppresses what (pure)."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from ingest.alarms.alarm import HISTORY, Act, Alarm, Entry
from ingest.alarms.detector import Change, Detector, Reading, Sample
from ingest.alarms.episodes import Episode
from ingest.alarms.hindsight import Hindsight
from ingest.alarms.history import History
from ingest.alarms.suppression import Suppression
from schemas.alarm.condition import Watch

NEVER_US = 2**62
# How much longer than usual a reading may be on its way before time passes without it.
GRACE_US = 1_000_000


class Board:
    """Takes readings, time and acts; yields what is to be written down.

    `heard_us` is when something was stored last: while nothing of a site comes, no single point is
    called silent. A reading that comes more than `late_after_us` after its time is late.
    """

    def __init__(self, alarms: Iterable[Alarm], *, heard_us: int, late_after_us: int) -> None:
        self.alarms = {alarm.alarm_id: alarm for alarm in alarms}
        self._heard_us: dict[int, int] = defaultdict(lambda: heard_us)
        self._waiting: dict[UUID, Alarm] = {}
        self._restated: set[UUID] = set()
        self.hindsight = Hindsight(late_after_us)
        self._history = History(late_after_us)
        self._suppression = Suppression(self.alarms)
        self._index()

    def _index(self) -> None:
        self._of_point: dict[int | None, list[Alarm]] = defaultdict(list)
        for alarm in self:
            self._of_point[alarm.definition.point_id].append(alarm)
        watched = {point for point in self._of_point if point is not None}
        self.points = watched | self._suppression.units
        """The points whose readings concern some alarm."""
        self.leading = self._suppression.leading
        """Those of them that suppress others: of what is so at one moment theirs counts first."""

    def redefine(self, gone: Iterable[UUID], new: Iterable[Alarm]) -> None:
        """Take alarms that are defined no more, and those that are new or defined otherwise."""
        for alarm_id in gone:
            self.alarms.pop(alarm_id, None)
            self._waiting.pop(alarm_id, None)
            self.hindsight.let_go(alarm_id)
        for alarm in new:
            self.alarms[alarm.alarm_id] = alarm
        self._suppression.index(self.alarms)
        self._index()

    def __iter__(self) -> Iterator[Alarm]:
        return iter(self.alarms.values())

    def of_point(self, point_id: int) -> Sequence[Alarm]:
        """Return the alarms that watch a point."""
        return self._of_point.get(point_id, ())

    def take(
        self, point_id: int, readings: Sequence[Reading], lag_us: int, now_us: int
    ) -> Iterator[Entry]:
        """Take readings of a point, in order of time, that are newer than all that were taken."""
        for reading in readings:
            is_history = self._history.take(point_id, reading, now_us)
            for alarm in self.of_point(point_id):
                for change in alarm.detector.observe(reading.sample):
                    yield from self._change(alarm, change, now_us, is_history=is_history)
                is_known = self.hindsight.is_over(alarm.alarm_id, reading.sample.at_us, now_us)
                if is_known or alarm.aside.suppressed_by == HISTORY:
                    yield from self._suppress(alarm, reading.sample.at_us, now_us)
        for alarm in self.of_point(point_id):
            alarm.lag_us = lag_us
            self._keep_if_waiting(alarm)
        newest = readings[-1].sample
        for alarm in self._suppression.take_state(point_id, newest.value):
            yield from self._suppress(alarm, newest.at_us, now_us)

    def maintain(self, points: frozenset[int], now_us: int) -> Iterator[Entry]:
        """Take which points are being worked on now: their alarms call nobody."""
        for point_id in self._suppression.maintain(points):
            for alarm in self.of_point(point_id):
                yield from self._suppress(alarm, now_us, now_us)

    def heard(self, site_id: int, at_us: int, now_us: int) -> Iterator[Entry]:
        """Take that something of a site was stored, of whatever point."""
        at_us = self._heard_us[site_id] = max(self._heard_us[site_id], at_us)
        for alarm in self._of_point.get(None, ()):
            if alarm.definition.site_id == site_id:
                for change in alarm.detector.observe(Sample(at_us, math.nan, 1)):
                    yield from alarm.change(change, now_us)
                self._keep_if_waiting(alarm)

    def tick(self, now_us: int) -> Iterator[Entry]:
        """Let time pass: delays and silences that are due, shelves that end."""
        for alarm in list(self._waiting.values()):
            change = alarm.detector.advance(self._time_of(alarm, now_us))
            if change is not None:
                is_history = self._history.is_coming(alarm.definition.point_id)
                yield from self._change(alarm, change, now_us, is_history=is_history)
            yield from alarm.time_passes(now_us)
            self._keep_if_waiting(alarm)
        for alarm_id in self.hindsight.paused(now_us):
            yield from self._suppress(self.alarms[alarm_id], now_us, now_us)
        for point_id in self._history.paused(now_us):
            for alarm in self.of_point(point_id):
                yield from self._suppress(alarm, now_us, now_us)

    def due_us(self) -> int:
        """Return when `tick` has something to do, if nothing comes before."""
        due_us = NEVER_US
        for alarm in self._waiting.values():
            if alarm.detector.due_us is not None and not self._waits_for_others(alarm):
                due_us = min(due_us, alarm.detector.due_us + alarm.lag_us + GRACE_US)
            if alarm.standing.shelved_until_us is not None:
                due_us = min(due_us, alarm.standing.shelved_until_us)
        return due_us

    def jump(self, by_us: int) -> None:
        """Take that our clock was set: what was waited for has not come nearer by that."""
        for alarm in self:
            alarm.lag_us += by_us

    def review(
        self,
        alarm: Alarm,
        new: Iterable[Episode],
        detector: Detector,
        now_us: int,
        *,
        is_now: bool,
    ) -> Iterator[Entry]:
        """Write down what a window of late readings says and nobody has recorded.

        `is_now`: the window reaches to the newest reading, so that its end says how things stand;
        `detector` is what is known there.
        """
        is_history = self._history.is_coming(alarm.definition.point_id)
        for episode in new:
            if episode.end_us is not None:
                was_suppressed = is_history or episode.was_suppressed
                yield from alarm.past(episode._replace(was_suppressed=was_suppressed), now_us)
            elif is_now:
                change = Change(True, episode.begin_us, episode.value)
                yield from self._change(alarm, change, now_us, is_history=is_history)
        if is_now:
            alarm.detector = detector
            alarm.trust_the_clock()
            yield from self.raise_or_clear(alarm, now_us)
            self._keep_if_waiting(alarm)

    def raise_or_clear(self, alarm: Alarm, now_us: int) -> Iterator[Entry]:
        """Bring an alarm to what its condition says, after a review or a new definition."""
        detector = alarm.detector
        if detector.is_on != alarm.standing.is_active and detector.last_us is not None:
            # What its definition says was not so before there was that definition.
            at_us = max(detector.last_us, alarm.definition.valid_from_us)
            change = Change(detector.is_on, at_us, detector.value)
            is_history = self._history.is_coming(alarm.definition.point_id)
            yield from self._change(alarm, change, now_us, is_history=is_history)

    def suppress_all(self, now_us: int) -> Iterator[Entry]:
        """Look at everything that suppresses by design; after a start or new definitions."""
        for alarm in self:
            point_id = alarm.definition.point_id
            if alarm.aside.suppressed_by == HISTORY and point_id is not None:
                self._history.go_on(point_id, now_us)
            yield from self._suppress(alarm, now_us, now_us)

    def begin(self, alarms: Iterable[Alarm], known: Mapping[int, Sequence[Reading]]) -> None:
        """Let alarms take what was read already without moving anything.

        `known` has the last readings of each point, in order of time.
        """
        for alarm in alarms:
            point_id = alarm.definition.point_id
            readings = known.get(point_id, ()) if point_id is not None else ()
            alarm.lag_us = readings[-1].lag_us if readings else 0
            samples = [reading.sample for reading in readings]
            if point_id is None:
                samples = [Sample(self._heard_us[alarm.definition.site_id], math.nan, 1)]
            alarm.begin(samples)
            self._keep_if_waiting(alarm)
        for point_id, readings in known.items():
            self._suppression.take_state(point_id, readings[-1].sample.value)

    def act(self, acts: Iterable[Act], now_us: int) -> Iterator[Entry]:
        """Do what people want, in their order."""
        for act in acts:
            alarm = self.alarms.get(act.alarm_id)
            if alarm is not None:
                yield from alarm.act(act, now_us)
                self._keep_if_waiting(alarm)

    def restated(self) -> list[Alarm]:
        """Return the alarms that are suppressed for another reason than the one written down."""
        found = [self.alarms[each] for each in self._restated if each in self.alarms]
        self._restated.clear()
        return found

    def _change(
        self, alarm: Alarm, change: Change, now_us: int, *, is_history: bool
    ) -> Iterator[Entry]:
        """Move an alarm as its condition did, and those that it is a cause of.

        Whoever is suppressed by something that began in the same moment is so before it is raised;
        of history nobody knows yet whether it still is so.
        """
        at_us = change.at_us
        if change.is_on and is_history and not alarm.standing.is_active:
            yield from self._put_aside(alarm, HISTORY, None, at_us, now_us)
        elif change.is_on:
            yield from self._suppress_in_its_time(alarm, at_us, now_us)
        yield from alarm.change(change, now_us)
        for effect in self._suppression.effects(alarm):
            yield from self._suppress(effect, at_us, now_us)

    def _suppress_in_its_time(self, alarm: Alarm, at_us: int, now_us: int) -> Iterator[Entry]:
        """Put an alarm aside by what is so now, or by what was so when it began."""
        self.hindsight.let_go(alarm.alarm_id)
        yield from self._suppress(alarm, at_us, now_us)
        if alarm.aside.suppressed_by is None:
            reason = self.hindsight.hold(alarm.alarm_id, at_us, now_us)
            if reason is not None:
                yield from self._put_aside(alarm, *reason, at_us, now_us)

    def _suppress(self, alarm: Alarm, at_us: int, now_us: int) -> Iterator[Entry]:
        if self.hindsight.holds(alarm.alarm_id):
            return
        is_history = self._history.is_coming(alarm.definition.point_id)
        reason, cause = self._suppression.reason(alarm, is_history=is_history)
        if (reason, cause) != (alarm.aside.suppressed_by, alarm.aside.cause):
            yield from self._put_aside(alarm, reason, cause, at_us, now_us)

    def _put_aside(
        self, alarm: Alarm, reason: str | None, cause: UUID | None, at_us: int, now_us: int
    ) -> Iterator[Entry]:
        """Suppress an alarm or let it call; that there is another reason now is no event."""
        if reason is not None and alarm.standing.is_suppressed:
            self._restated.add(alarm.alarm_id)
        yield from alarm.suppress(reason, cause, at_us, now_us)

    def _keep_if_waiting(self, alarm: Alarm) -> None:
        """Remember whether an alarm has something to wait for."""
        is_waiting = alarm.detector.pending_us is not None
        if is_waiting or alarm.standing.shelved_until_us is not None:
            self._waiting[alarm.alarm_id] = alarm
        else:
            self._waiting.pop(alarm.alarm_id, None)

    def _waits_for_others(self, alarm: Alarm) -> bool:
        return (
            alarm.definition.condition.watch is Watch.SILENCE
            and alarm.definition.point_id is not None
            and (alarm.detector.due_us or 0) > self._heard_us[alarm.definition.site_id]
        )

    def _time_of(self, alarm: Alarm, now_us: int) -> int:
        """Return how far an alarm's own time has come: as far behind as its readings are."""
        time_us = now_us - alarm.lag_us - GRACE_US
        definition = alarm.definition
        if definition.condition.watch is Watch.SILENCE and definition.point_id is not None:
            return min(time_us, self._heard_us[definition.site_id])
        return time_us
