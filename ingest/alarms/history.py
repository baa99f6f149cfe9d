"""Of which points history comes in: a gateway delivers what it kept, a file is imported (pure).

Whether such a condition still is so is known when the newest of it has come; nobody is called
before.
"""

from dataclasses import dataclass

from ingest.alarms.detector import Reading
from ingest.decoding.timestamps import DAY_US

# What was over for longer when it became known is history: it calls nobody.
HISTORY_AFTER_US = DAY_US
# Stamps of a delivery pass faster than the clock; those of a device whose clock is wrong do not.
DELIVERY_SPEED_MIN = 2.0
# Nothing of it for so long: that was all.
PAUSE_US = 60_000_000


@dataclass(frozen=True)
class _Last:
    """The newest reading of a point that came with a delay, and when it was looked at."""

    at_us: int
    now_us: int
    is_history: bool


class History:
    """Takes readings in order of time; tells which are of a past that is still being delivered.

    It begins with a reading of more than a day ago and goes on until a reading came in time, that
    is within `late_after_us`, or nothing comes any more.
    """

    def __init__(self, late_after_us: int) -> None:
        self._late_after_us = late_after_us
        self._last: dict[int, _Last] = {}

    def take(self, point_id: int, reading: Reading, now_us: int) -> bool:
        """Take the next reading of a point; tell whether it is history."""
        last = self._last.get(point_id)
        at_us = reading.sample.at_us
        goes_on = last is not None and last.is_history and reading.lag_us > self._late_after_us
        if not goes_on and now_us - at_us <= HISTORY_AFTER_US:
            self._last.pop(point_id, None)
            return False
        is_history = (
            last is None or at_us - last.at_us >= (now_us - last.now_us) * DELIVERY_SPEED_MIN
        )
        self._last[point_id] = _Last(at_us, now_us, is_history)
        return is_history

    def is_coming(self, point_id: int | None) -> bool:
        """Tell whether what was taken last of a point is history."""
        last = None if point_id is None else self._last.get(point_id)
        return last is not None and last.is_history

    def go_on(self, point_id: int, now_us: int) -> None:
        """Take that history of a point came in before a restart."""
        self._last.setdefault(point_id, _Last(0, now_us, is_history=True))

    def paused(self, now_us: int) -> list[int]:
        """Return the points of which no more history has come for a while, once."""
        over = [
            point_id
            for point_id, last in self._last.items()
            if last.is_history and now_us - last.now_us >= PAUSE_US
        ]
        for point_id in over:
            del self._last[point_id]
        return over
