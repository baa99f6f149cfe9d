"""Rows of recordings as they leave: foreign JSON with the present time in the original's format."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from deploy.demo.outgoing import Outgoing
from deploy.demo.recording import Recording
from deploy.demo.replay_clock import SECOND_US, Loop, ReplayClock, whole_seconds
from ingest.decoding.message import Message

_encode = msgspec.json.Encoder().encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Rows:
    """Plays one recording: original columns, original values, another time. Pure but for a cursor.

    The cursor remembers the last stamp, so that no two rows get the same one.
    """

    def __init__(self, recording: Recording, loop: Loop, mapped: Sequence[str]) -> None:
        """Take a recording, its loop, and the columns that the site file maps to points."""
        self.spec = recording.spec
        self._recording = recording
        self._loop = loop
        self._zone = ZoneInfo(recording.spec.zone)
        self._readings = [
            sum(row[column] is not None for column in mapped) for row in recording.rows
        ]
        self._last_us = 0

    def messages(self, first_us: int, until_us: int, clock: ReplayClock) -> list[Outgoing]:
        """Return the rows whose present is in [first, until), in order of time."""
        edges = [clock.virtual_at(first_us), clock.virtual_at(until_us)]
        due = self._loop.between(*edges)
        if not len(due.row):
            return []
        stamps = whole_seconds(clock.present(due.virtual_us), self._last_us)
        self._last_us = int(stamps[-1])
        return [
            Outgoing(
                Message(self.spec.topic, self._payload(row, at_us), at_us), self._readings[row]
            )
            for row, at_us in zip(due.row.tolist(), stamps.tolist(), strict=True)
        ]

    def _payload(self, row: int, at_us: int) -> bytes:
        local = (_EPOCH + timedelta(seconds=at_us // SECOND_US)).astimezone(self._zone)
        text = local.replace(tzinfo=None).strftime(self.spec.time_format)
        return _encode({self.spec.time_column: text, **self._recording.rows[row]})
