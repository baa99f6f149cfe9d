"""Runs: how long the values of a signal have stayed within a band."""

from collections import deque

_Entry = list[float]  # value, its time, the time of the reading after it


def _time(entry: _Entry) -> float:
    return entry[1]


class Run:
    """The longest run of readings up to the newest one whose values differ by at most `within`.

    Readings come in order of time; amortised constant time for each, two monotonic queues.
    """

    __slots__ = ("_highest", "_lowest", "_newest", "_within", "last_us", "marked_us", "start_us")

    def __init__(self, within: float, ts_us: int, value: float) -> None:
        entry = [value, ts_us, ts_us]
        self._within = within
        self._highest: deque[_Entry] = deque((entry,))
        self._lowest: deque[_Entry] = deque((entry,))
        self._newest = entry
        self.start_us = ts_us
        """When the run began."""
        self.last_us = ts_us
        """The time of the newest reading."""
        self.marked_us = -1
        """Up to where its readings are known to be marked; -1: none of them."""

    def add(self, ts_us: int, value: float) -> None:
        """Add the next reading."""
        self._newest[2] = ts_us
        self._newest = entry = [value, ts_us, ts_us]
        self.last_us = ts_us
        highest, lowest = self._highest, self._lowest
        while highest and highest[-1][0] <= value:
            highest.pop()
        highest.append(entry)
        while lowest and lowest[-1][0] >= value:
            lowest.pop()
        lowest.append(entry)
        while highest[0][0] - lowest[0][0] > self._within:
            older = min(highest[0], lowest[0], key=_time)
            self._begin(int(older[2]))

    def forget_before(self, ts_us: float) -> None:
        """Let the run begin later: what is older cannot decide about the next readings."""
        begins = [
            entry[2]
            for queue in (self._highest, self._lowest)
            for entry in (queue[0],)
            if entry[1] < entry[2] <= ts_us
        ]
        if begins:
            self._begin(int(max(begins)))

    def _begin(self, start_us: int) -> None:
        self.start_us = start_us
        for queue in (self._highest, self._lowest):
            while queue[0][1] < start_us:
                queue.popleft()
