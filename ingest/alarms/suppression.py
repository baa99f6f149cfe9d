"""What puts alarms aside by design: work on a point, a stopped unit, a cause, history (pure)."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from ingest.alarms.alarm import HISTORY, Alarm

Reason = tuple[str | None, UUID | None]
"""Why an alarm is put aside, and by which other one; both None: it is not."""


class Suppression:
    """Knows the alarms by what suppresses them, the states of units, and what is worked on."""

    def __init__(self, alarms: Mapping[UUID, Alarm]) -> None:
        self._states: dict[int, float] = {}
        self._maintained: frozenset[int] = frozenset()
        self.index(alarms)

    def index(self, alarms: Mapping[UUID, Alarm]) -> None:
        """Take which alarms there are."""
        self._alarm_of: dict[tuple[int, str], Alarm] = {}
        self._effects: dict[tuple[int, str], list[Alarm]] = defaultdict(list)
        self._of_unit: dict[int, list[Alarm]] = defaultdict(list)
        for alarm in alarms.values():
            definition = alarm.definition
            self._alarm_of[definition.site_id, definition.key] = alarm
            for key in definition.causes:
                self._effects[definition.site_id, key].append(alarm)
            if definition.stopped_point_id is not None:
                self._of_unit[definition.stopped_point_id].append(alarm)

    @property
    def units(self) -> frozenset[int]:
        """The points whose states suppress alarms."""
        return frozenset(self._of_unit)

    @property
    def leading(self) -> frozenset[int]:
        """The points that suppress others: of what is so at one moment theirs counts first."""
        causes = {
            alarm.definition.point_id
            for key, alarm in self._alarm_of.items()
            if key in self._effects and alarm.definition.point_id is not None
        }
        return self.units | causes

    def effects(self, cause: Alarm) -> Sequence[Alarm]:
        """Return the alarms that an alarm suppresses."""
        return self._effects.get((cause.definition.site_id, cause.definition.key), ())

    def take_state(self, point_id: int, value: float) -> Sequence[Alarm]:
        """Take the state of a unit; return the alarms that it may suppress."""
        if point_id not in self._of_unit or math.isnan(value):
            return ()
        self._states[point_id] = value
        return self._of_unit[point_id]

    def maintain(self, points: frozenset[int]) -> Sequence[int]:
        """Take which points are being worked on; return those of which that is new."""
        changed = points ^ self._maintained
        self._maintained = points
        return sorted(changed)

    def reason(self, alarm: Alarm, *, is_history: bool) -> Reason:
        """Return why an alarm is put aside now; `is_history`: what comes of its point is."""
        definition = alarm.definition
        if is_history and alarm.aside.suppressed_by == HISTORY:
            return HISTORY, None
        if definition.point_id in self._maintained:
            return "maintenance", None
        unit = definition.stopped_point_id
        if unit in self._states and round(self._states[unit]) in definition.stopped_codes:
            return "stopped", None
        for key in definition.causes:
            cause = self._alarm_of.get((definition.site_id, key))
            if cause is not None and cause.standing.is_active:
                return "cause", cause.alarm_id
        return None, None
