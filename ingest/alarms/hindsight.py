"""What puts an alarm aside that is raised late: what was so in its own time (pure).

It is put aside until it is known how things stand: what is on then calls.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from ingest.alarms.history import PAUSE_US
from ingest.alarms.suppression import Reason


class PastReason(NamedTuple):
    """Why an alarm was put aside from `from_us` to `to_us`, microseconds since 1970 UTC."""

    from_us: int
    to_us: int
    reason: Reason


class Hindsight:
    """Knows the past reasons of what is taken now, and which alarms are put aside by them.

    They are so until a reading came in time, that is within `late_after_us`, or nothing comes any
    more.
    """

    def __init__(self, late_after_us: int) -> None:
        self._late_after_us = late_after_us
        self._reasons: Mapping[UUID, Sequence[PastReason]] = {}
        self._held_us: dict[UUID, int] = {}

    def know(self, reasons: Mapping[UUID, Sequence[PastReason]]) -> None:
        """Take what suppressed alarms in the time of the readings that come next."""
        self._reasons = reasons

    def hold(self, alarm_id: UUID, at_us: int, now_us: int) -> Reason | None:
        """Return why an alarm that is raised was put aside in its time, if it was."""
        for from_us, to_us, reason in self._reasons.get(alarm_id, ()):
            if from_us <= at_us <= to_us:
                self._held_us[alarm_id] = now_us
                return reason
        return None

    def holds(self, alarm_id: UUID) -> bool:
        """Tell whether an alarm is put aside by what was so."""
        return alarm_id in self._held_us

    def let_go(self, alarm_id: UUID) -> None:
        """Take that an alarm is no longer put aside by what was so."""
        self._held_us.pop(alarm_id, None)

    def is_over(self, alarm_id: UUID, at_us: int, now_us: int) -> bool:
        """Take that a reading came of an alarm's point; let go if it tells how things stand."""
        if alarm_id not in self._held_us:
            return False
        self._held_us[alarm_id] = now_us
        is_over = now_us - at_us <= self._late_after_us
        if is_over:
            self.let_go(alarm_id)
        return is_over

    def paused(self, now_us: int) -> list[UUID]:
        """Let go of the alarms of which nothing has come for a while, and return them."""
        over = [each for each, at_us in self._held_us.items() if now_us - at_us >= PAUSE_US]
        for alarm_id in over:
            self.let_go(alarm_id)
        return over
