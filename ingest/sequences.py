"""What is missing between numbered messages: losses before us become visible.

A sequence belongs to a topic and rises by one; 0 begins it again. Messages are looked at in the
order of their reception; one that comes again has a number that was seen, and is passed over.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.message import Message
from ingest.numbered import numbers_of
from ingest.topics import TopicTable


class Seen(NamedTuple):
    """How far a topic was seen; `missing` messages are in `gaps`. Moments are microseconds UTC."""

    topic: str
    last_n: int
    gaps: int
    missing: int
    last_gap_us: int | None
    last_seen_us: int


class Sequences:
    """The state of all topics that have numbers, and which of it is not stored yet.

    `gaps` and `missing` count what this process found, by line.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._changed: set[str] = set()
        self.gaps: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()

    def restore(self, states: Iterable[Seen]) -> None:
        """Take over what an earlier process has seen; of two states of a topic the later one."""
        for state in states:
            known = self._seen.get(state.topic)
            if known is None or known.last_seen_us < state.last_seen_us:
                self._seen[state.topic] = state

    def look(self, messages: Sequence[Message], table: TopicTable) -> None:
        """Look at messages in the order of their reception."""
        for message in messages:
            for number in numbers_of(message, table):
                self._look(message, number)

    def changed(self) -> list[Seen]:
        """Return the states that are not stored yet."""
        return [self._seen[topic] for topic in sorted(self._changed)]

    def stored(self, states: Iterable[Seen]) -> None:
        """Note that states are in the database."""
        self._changed -= {state.topic for state in states if self._seen[state.topic] == state}

    def _look(self, message: Message, number: int) -> None:
        topic, received_us = message.topic, message.received_us
        state = self._seen.get(topic)
        if state is None or number == 0:  # a 0 that comes again may count its gaps twice
            gaps, missing, gap_us = (0, 0, None) if state is None else state[2:5]
            self._seen[topic] = Seen(topic, number, gaps, missing, gap_us, received_us)
        elif number > state.last_n:
            skipped = number - state.last_n - 1
            self._seen[topic] = state._replace(last_n=number, last_seen_us=received_us)
            if skipped:
                self._count(topic, skipped, received_us)
        else:
            return
        self._changed.add(topic)

    def _count(self, topic: str, skipped: int, received_us: int) -> None:
        state = self._seen[topic]
        self._seen[topic] = state._replace(
            gaps=state.gaps + 1, missing=state.missing + skipped, last_gap_us=received_us
        )
        line = "/".join(topic.split("/")[:2])
        self.gaps[line] += 1
        self.missing[line] += skipped
