"""All alarms together: which reading concerns which, what is due, what suppresses what (pure)."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from ingest.alarms.alarm import Act, Alarm, Entry
from ingest.alarms.detector import Sample
from ingest.alarms.episodes import Episode, Review, missing
from schemas.alarm.condition import Watch

NEVER_US = 2**62
# How much longer than usual a reading may be on its way before time passes without it.
GRACE_US = 1_000_000


class Board:
    """Takes readings, time and acts; yields what is to be written down.

    `heard_us` is when something was stored last: while nothing of a site comes, no single point is
    called silent.
    """

    def __init__(self, alarms: Iterable[Alarm], *, heard_us: int) -> None:
        self.alarms = {alarm.alarm_id: alarm for alarm in alarms}
        self._heard_us: dict[int, int] = defaultdict(lambda: heard_us)
        self._waiting: dict[UUID, Alarm] = {}
        self._of_point: dict[int | None, list[Alarm]] = defaultdict(list)
        self._suppressed_by: dict[object, list[Alarm]] = defaultdict(list)
        self._stops: dict[int, float] = {}
        self._maintained: frozenset[int] = frozenset()
        self._by_key = {(each.definition.site_id, each.definition.key): each for each in self}
        for alarm in self:
            definition = alarm.definition
            self._of_point[definition.point_id].append(alarm)
            for key in definition.causes:
                self._suppressed_by[definition.site_id, key].append(alarm)
            if definition.stopped_point_id is not None:
                self._suppressed_by[definition.stopped_point_id].append(alarm)
        stops = {each.definition.stopped_point_id for each in self}
        self.points = {point for point in (*self._of_point, *stops) if point is not None}
        """The points whose readings concern some alarm."""
        causes = {
            each.definition.point_id
            for each in self
            if (each.definition.site_id, each.definition.key) in self._suppressed_by
        }
        self.leading = frozenset((stops | causes) & self.points)
        """Those of them that suppress others: of what is so at one moment theirs counts first."""

    def __iter__(self) -> Iterator[Alarm]:
        return iter(self.alarms.values())

    def of_point(self, point_id: int) -> Sequence[Alarm]:
        """Return the alarms that watch a point."""
        return self._of_point.get(point_id, ())

    def take(
        self, point_id: int, samples: Sequence[Sample], lag_us: int, now_us: int
    ) -> Iterator[Entry]:
        """Take readings of a point, in order of time, that are newer than all that were taken."""
        if not samples:
            return
        for alarm in self.of_point(point_id):
            alarm.lag_us = lag_us
            for sample in samples:
                for change in alarm.detector.observe(sample):
                    yield from self._settle(
                        alarm, alarm.change(change, now_us), change.at_us, now_us
                    )
            self._keep_if_waiting(alarm)
        newest = samples[-1]
        if point_id in self._suppressed_by and not math.isnan(newest.value):
            self._stops[point_id] = newest.value
            for alarm in self._suppressed_by[point_id]:
                yield from self._suppress(alarm, newest.at_us, now_us)

    def maintain(self, points: frozenset[int], now_us: int) -> Iterator[Entry]:
        """Take which points are being worked on now: their alarms call nobody."""
        changed = points ^ self._maintained
        self._maintained = points
        for point_id in sorted(changed):
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
                yield from self._settle(alarm, alarm.change(change, now_us), change.at_us, now_us)
            yield from alarm.time_passes(now_us)
            self._keep_if_waiting(alarm)

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
        self, alarm: Alarm, found: Review, recorded: Sequence[Episode], now_us: int, *, is_now: bool
    ) -> Iterator[Entry]:
        """Write down what a window of late readings says and nobody has recorded.

        `is_now`: the window reaches to the newest reading, so that its end says how things stand.
        """
        for episode in missing(found.episodes, recorded):
            if episode.end_us is not None:
                yield from alarm.past(episode.begin_us, episode.end_us, episode.value, now_us)
            elif is_now:
                entries = alarm.rise(episode.begin_us, episode.value, now_us)
                yield from self._settle(alarm, entries, episode.begin_us, now_us)
        if is_now:
            alarm.detector = found.detector
            alarm.trust_the_clock()
            yield from self.settle_condition(alarm, now_us)
            self._keep_if_waiting(alarm)

    def settle_condition(self, alarm: Alarm, now_us: int) -> Iterator[Entry]:
        """Bring an alarm to what its condition says, after a review or a new definition."""
        detector = alarm.detector
        if detector.is_on != alarm.standing.is_active and detector.last_us is not None:
            # What its definition says was not so before there was that definition.
            at_us = max(detector.last_us, alarm.definition.valid_from_us)
            entries = (
                alarm.rise(at_us, detector.value, now_us)
                if detector.is_on
                else alarm.clear(at_us, detector.value, now_us)
            )
            yield from self._settle(alarm, entries, at_us, now_us)

    def settle_design(self, now_us: int) -> Iterator[Entry]:
        """Look at everything that suppresses by design; for the start."""
        for alarm in self:
            yield from self._suppress(alarm, now_us, now_us)

    def begin(self, known: Mapping[int, Sequence[Sample]], lags_us: Mapping[int, int]) -> None:
        """Take what was read already without moving anything; for the start.

        Of each point its last readings, in order of time, and how late they came.
        """
        for alarm in self:
            point_id = alarm.definition.point_id
            samples = known.get(point_id, ()) if point_id is not None else ()
            alarm.lag_us = lags_us.get(point_id, 0) if point_id is not None else 0
            if point_id is None:
                samples = [Sample(self._heard_us[alarm.definition.site_id], math.nan, 1)]
            alarm.begin(samples)
            self._keep_if_waiting(alarm)
        for point_id, samples in known.items():
            if point_id in self._suppressed_by and not math.isnan(samples[-1].value):
                self._stops[point_id] = samples[-1].value

    def act(self, acts: Iterable[Act], now_us: int) -> Iterator[Entry]:
        """Do what people want, in their order."""
        for act in acts:
            alarm = self.alarms.get(act.alarm_id)
            if alarm is not None:
                yield from alarm.act(act, now_us)
                self._keep_if_waiting(alarm)

    def _settle(
        self, alarm: Alarm, entries: Iterable[Entry], at_us: int, now_us: int
    ) -> Iterator[Entry]:
        """Pass on what an alarm wrote, and what follows for those that it is a cause of."""
        # Whoever is suppressed by something that began in the same moment is so before it is
        # raised.
        if alarm.definition.causes or alarm.definition.stopped_point_id is not None:
            yield from self._suppress(alarm, at_us, now_us)
        yield from entries
        for effect in self._suppressed_by.get((alarm.definition.site_id, alarm.definition.key), ()):
            yield from self._suppress(effect, at_us, now_us)

    def _suppress(self, alarm: Alarm, at_us: int, now_us: int) -> Iterator[Entry]:
        reason, cause = self._reason(alarm)
        if (reason, cause) != (alarm.aside.suppressed_by, alarm.aside.cause):
            yield from alarm.suppress(reason, cause, at_us, now_us)

    def _reason(self, alarm: Alarm) -> tuple[str | None, UUID | None]:
        definition = alarm.definition
        if definition.point_id in self._maintained:
            return "maintenance", None
        stop = definition.stopped_point_id
        if stop in self._stops and round(self._stops[stop]) in definition.stopped_codes:
            return "stopped", None
        for key in definition.causes:
            cause = self._by_key.get((definition.site_id, key))
            if cause is not None and cause.standing.is_active:
                return "cause", cause.alarm_id
        return None, None

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
