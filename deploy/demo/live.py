"""What a live replay sends next: pure, the present is an argument."""

from collections.abc import Sequence

import numpy as np

from deploy.demo.outgoing import Outgoing
from deploy.demo.replay_clock import SECOND_US, ReplayClock
from deploy.demo.rows import Rows
from deploy.demo.signals import Signals

TICK_S = 5
TICK_US = TICK_S * SECOND_US
# Longer than the longest interval but one: at the start every point but the rarest is sent once.
START_LOOKBACK_US = 3600 * SECOND_US


class Live:
    """A replay from `clock.start_us` on. Keeps only how far it has come."""

    def __init__(
        self, clock: ReplayClock, rows: Sequence[Rows], signals: Sequence[Signals]
    ) -> None:
        """Take the recordings to play and the synthetic signals of each plant."""
        self._clock = clock
        self._rows = list(rows)
        self._signals = list(signals)
        self._done_us = clock.start_us
        self._tick_us = clock.start_us - START_LOOKBACK_US

    def until(self, now_us: int) -> list[Outgoing]:
        """Return what became due before `now_us` since the last call, in order of time.

        After a pause every row of a recording is there; of the synthetic signals the newest
        state, as a gateway without a buffer would send it.
        """
        if now_us <= self._done_us:
            return []
        found: list[Outgoing] = []
        for rows in self._rows:
            found += rows.messages(self._done_us, now_us, self._clock)
        for signals in self._signals:
            found += signals.samples(self._done_us, now_us, self._clock)
        tick_us = (now_us - 1) // TICK_US * TICK_US
        if tick_us > max(self._tick_us, self._clock.start_us):
            at_us = np.array([tick_us], np.int64)
            for signals in self._signals:
                table = signals.table(at_us, self._tick_us, self._clock)
                found += signals.messages(table)
            self._tick_us = tick_us
        self._done_us = now_us
        return sorted(found, key=lambda outgoing: outgoing.message.received_us)

    def skip_to(self, now_us: int) -> None:
        """Leave out what was due before `now_us`."""
        self._done_us = max(self._done_us, now_us)
