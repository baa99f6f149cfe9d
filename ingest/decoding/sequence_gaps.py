"""What is missing between numbered messages: losses before us become visible.

A sequence belongs to a topic and rises by one; 0 begins it again. Messages are looked at in the
order of their reception; one that comes again has a number that was seen, and is passed over;
one that comes late is missing no more.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.decoding.message import Message
from ingest.decoding.numbered import MARK, numbers_of
from ingest.decoding.topics import TopicTable

HOLES_LIMIT = 64  # gaps of a topic that a late message can still fill


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

    `gaps` counts what this process found, by line, and `missing` what is still not there.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._changed: set[str] = set()
        self._holes: dict[str, deque[tuple[int, int]]] = {}
        self._seen_blindly: dict[str, Seen] | None = None
        self._begun_blindly: set[str] = set()
        self.gaps: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()

    def restore(self, states: Iterable[Seen]) -> None:
        """Take over what earlier processes have seen, and join what was seen blindly to it."""
        for state in states:
            known = self._seen.get(state.topic)
            self._seen[state.topic] = state if known is None else _joined(known, state)
        for topic, state in (self._seen_blindly or {}).items():
            known = self._seen.get(topic, state)
            joined = _joined(known, state)
            if topic not in self._begun_blindly:  # it may have been an old one that came again
                joined = joined._replace(last_n=max(known.last_n, state.last_n))
            self._seen[topic] = joined
            self._changed.add(topic)
        self._seen_blindly, self._begun_blindly = None, set()

    def look_away(self) -> None:
        """Count no gap until `restore`: how far topics were seen before is not known.

        How many were missing until then stays unknown. How far numbers had come by then does not,
        for a process that goes on with what this one has noted.
        """
        self._seen_blindly = {}

    def look(self, messages: Sequence[Message], table: TopicTable) -> None:
        """Look at messages in the order of their reception."""
        look = self._look if self._seen_blindly is None else self._look_blindly
        limit_bytes = table.limits.payload_limit_bytes  # what is larger is not read at all
        numbered = (each for each in messages if len(each.payload) <= limit_bytes)
        for message in [each for each in numbered if MARK in each.payload]:
            for number in numbers_of(message, table):
                look(message, number)

    def changed(self) -> list[Seen]:
        """Return the states that are not stored yet; none while it looks away."""
        if self._seen_blindly is not None:
            return []
        return [self._seen[topic] for topic in sorted(self._changed)]

    def noted(self) -> list[Seen]:
        """Return what a process that goes on with the spool must know, seen blindly or not."""
        if self._seen_blindly is not None:
            return list(self._seen_blindly.values())
        return self.changed()

    def stored(self, states: Iterable[Seen]) -> None:
        """Note that states are in the database."""
        self._changed -= {state.topic for state in states if self._seen[state.topic] == state}

    def _look(self, message: Message, number: int) -> None:
        topic, received_us = message.topic, message.received_us
        state = self._seen.get(topic)
        begins = number == 0 and not message.retained  # an old 0 of the broker's begins nothing
        if state is None or begins:  # a 0 that comes again may count its gaps twice
            gaps, missing, gap_us = (0, 0, None) if state is None else state[2:5]
            self._seen[topic] = Seen(topic, number, gaps, missing, gap_us, received_us)
            self._holes.pop(topic, None)
        elif number > state.last_n:
            self._seen[topic] = state._replace(last_n=number, last_seen_us=received_us)
            if number > state.last_n + 1:
                self._open(topic, state.last_n + 1, number - 1, received_us)
        elif not self._fill(topic, number):
            return
        self._changed.add(topic)

    def _look_blindly(self, message: Message, number: int) -> None:
        assert self._seen_blindly is not None
        topic = message.topic
        known = self._seen_blindly.get(topic)
        begins = number == 0 and not message.retained
        if known is None or begins or number > known.last_n:
            self._seen_blindly[topic] = Seen(topic, number, 0, 0, None, message.received_us)
        if begins:
            self._begun_blindly.add(topic)

    def _open(self, topic: str, first: int, last: int, received_us: int) -> None:
        """Count a gap, and remember it: its messages may come late."""
        state = self._seen[topic]
        skipped = last - first + 1
        self._seen[topic] = state._replace(
            gaps=state.gaps + 1, missing=state.missing + skipped, last_gap_us=received_us
        )
        self.gaps[_line(topic)] += 1
        self.missing[_line(topic)] += skipped
        self._holes.setdefault(topic, deque(maxlen=HOLES_LIMIT)).append((first, last))

    def _fill(self, topic: str, number: int) -> bool:
        """Take a late message out of what is missing; False if it only comes again."""
        holes = self._holes.get(topic, ())
        hole = next((hole for hole in holes if hole[0] <= number <= hole[1]), None)
        if hole is None:
            return False
        first, last = hole
        parts = [(first, number - 1), (number + 1, last)]
        left = [part for part in parts if part[0] <= part[1]]
        kept = [other for other in holes if other != hole]
        self._holes[topic] = deque([*kept, *left], maxlen=HOLES_LIMIT)
        state = self._seen[topic]
        self._seen[topic] = state._replace(missing=state.missing - 1)
        self.missing[_line(topic)] -= 1
        return True


def _joined(one: Seen, other: Seen) -> Seen:
    """Return the later of two states of a topic; gaps are counted by the one that knows of more."""
    earlier, later = sorted((one, other), key=lambda state: state.last_seen_us)
    if earlier.gaps <= later.gaps:
        return later
    gaps, missing, last_gap_us = earlier[2:5]
    return later._replace(gaps=gaps, missing=missing, last_gap_us=last_gap_us)


def _line(topic: str) -> str:
    return "/".join(topic.split("/")[:2])
