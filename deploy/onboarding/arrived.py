"""What arrived under names that no site file has, gathered from messages. Pure."""

import re
from collections import Counter, deque
from collections.abc import Container, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeVar

from ingest.decoding.json_document import child, document
from ingest.decoding.rejection import Unreadable

EXAMPLES_LIMIT = 3
LEAVES_LIMIT = 200
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_TIME_WORDS = {"t", "ts", "time", "timestamp", "datetime", "date", "aika", "tid", "zeit"}
_TIME_ENDS = ("timestamp", "sourcetime", "servertime")
# A number above this counts since 1970 in that unit; the largest first.
_EPOCHS = {"epoch_ns": 1e17, "epoch_us": 1e14, "epoch_ms": 1e11, "epoch_s": 1e8}
_UNIT_WORDS = {"unit", "units", "uom", "u", "yksikkö", "enhet", "einheit"}


Name = TypeVar("Name", bound=Hashable)


class Unknown(NamedTuple):
    """A message that waits because its topic or a point in it is not known."""

    topic: str
    payload: bytes
    times: int
    last_seen: datetime


class PointName(NamedTuple):
    """How a point is named in topics."""

    site: str
    line: str
    key: str


@dataclass
class Seen:
    """What was seen under one name: how often, when last, and some values, the newest first."""

    count: int = 0
    newest: datetime | None = None
    values: list[object] = field(default_factory=list)
    unit: str = ""

    def add(self, value: object, message: Unknown) -> None:
        """Count one more; messages come the newest first."""
        self.count += message.times
        self.newest = max(self.newest or message.last_seen, message.last_seen)
        if value not in self.values and len(self.values) < EXAMPLES_LIMIT:
            self.values.append(value)


@dataclass
class ForeignTopic:
    """A topic with payloads of another shape: values and formats of times by JSON pointer."""

    values: dict[str, Seen] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)

    @property
    def time_pointer(self) -> str | None:
        """Where the time stands that is least about one value alone."""
        return min(self.times, key=_depth, default=None)

    def own_time(self, pointer: str) -> str | None:
        """Return where the time of one value stands, beside it, if that is not the time of all."""
        of_all = self.time_pointer
        parent = pointer.rpartition("/")[0]
        beside = [
            time
            for time, written in self.times.items()
            if time.rpartition("/")[0] == parent and written == self.times.get(of_all or "")
        ]
        own = min(beside, key=lambda time: "server" in time.lower(), default=None)
        return None if own == of_all else own


@dataclass
class Arrived:
    """All that arrived: points of the contract, foreign topics, and names that cannot be keys.

    `tagged` are topics of mappings, with a tag that none of their values has.
    """

    points: dict[PointName, Seen] = field(default_factory=dict)
    foreign: dict[str, ForeignTopic] = field(default_factory=dict)
    tagged: dict[str, ForeignTopic] = field(default_factory=dict)
    no_keys: dict[str, Seen] = field(default_factory=dict)
    described: int = 0
    beyond: int = 0


@dataclass
class _Room:
    """Room for names: so many in all (None: any number), and half of them below one line."""

    names_max: int | None
    beyond: int = 0
    taken: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def note(self, seen: dict[Name, Seen], name: Name, value: object, message: Unknown) -> Seen:
        """Count a value under its name; beyond the room nothing but their number is kept."""
        if name not in seen:
            line = tuple(message.topic.split("/")[:2])
            if self.names_max is not None and (
                self.taken.total() >= self.names_max or self.taken[line] >= self.names_max // 2
            ):
                self.beyond += message.times
                return Seen()
            self.taken[line] += 1
        kept = seen.setdefault(name, Seen())
        kept.add(value, message)
        return kept


def arrived(
    messages: Iterable[Unknown],
    sites: Container[str],
    described: Container[PointName],
    names_max: int | None = None,
) -> Arrived:
    """Gather what arrived; `sites` and `described` points are those of the database by now.

    Of more than `names_max` names (None: any number) only the values are counted.
    """
    found, room = Arrived(), _Room(names_max)
    for message in messages:
        try:
            payload = document(message.payload)
        except Unreadable:
            payload = None
        if message.topic.split("/")[0] not in sites:
            _foreign(found.tagged, message, payload, room)
            continue
        parts = list(_contract(message.topic, payload))
        # Topics like those of points cannot be mapped.
        if not parts and (
            message.topic.count("/") in {1, 2}
            or not _foreign(found.foreign, message, payload, room)
        ):
            room.note(found.no_keys, message.topic, message.payload[:40], message)
        for name, value, unit in parts:
            if name in described:
                found.described += 1
            elif all(map(_KEY.fullmatch, name)):
                seen = room.note(found.points, name, value, message)
                seen.unit = seen.unit or unit
            else:
                room.note(found.no_keys, "/".join(name), value, message)
    found.beyond = room.beyond
    return found


def _contract(topic: str, payload: object) -> Iterator[tuple[PointName, object, str]]:
    """Yield the points of a message that follows the contract, with their values and units."""
    segments = topic.split("/")
    unit = _text(payload, _UNIT_WORDS) if isinstance(payload, dict) else ""
    if len(segments) == 3:
        name = PointName(segments[0], segments[1], segments[2])
        if isinstance(payload, dict):
            if "v" in payload and not isinstance(payload["v"], dict | list):
                yield name, payload["v"], unit
        elif isinstance(payload, int | float):
            yield name, payload, ""
    elif len(segments) == 2:
        if isinstance(payload, dict) and isinstance(payload.get("v"), dict):
            for key, value in payload["v"].items():
                yield PointName(segments[0], segments[1], key), value, ""
        for part in payload if isinstance(payload, list) else ():
            if isinstance(part, dict) and isinstance(part.get("p"), str):
                yield (
                    PointName(segments[0], segments[1], part["p"]),
                    part.get("v"),
                    _text(part, _UNIT_WORDS),
                )


def _foreign(
    topics: dict[str, ForeignTopic], message: Unknown, payload: object, room: _Room
) -> bool:
    """Note a message of another shape, and tell whether it holds any number."""
    leaves = list(islice(_leaves(payload, ""), LEAVES_LIMIT))
    numbers = [(pointer, value) for pointer, value in leaves if isinstance(value, int | float)]
    if not numbers:
        return False
    topic = topics.setdefault(message.topic, ForeignTopic())
    for pointer, value in leaves:
        word = pointer.rpartition("/")[2].lower()
        if (word in _TIME_WORDS or word.endswith(_TIME_ENDS)) and (stamp := _stamp_format(value)):
            topic.times[pointer] = stamp
    for pointer, value in numbers:
        if pointer not in topic.times:
            room.note(topic.values, pointer, value, message)
    return True


def _depth(pointer: str) -> int:
    return pointer.count("/")


def _leaves(payload: object, pointer: str) -> Iterator[tuple[str, object]]:
    waiting = deque([(pointer, payload)])
    while waiting:
        where, here = waiting.popleft()
        if isinstance(here, dict):
            waiting.extend((child(where, key), value) for key, value in here.items())
        elif not isinstance(here, list) and here is not None:  # places in lists are no names
            yield where, here


def _stamp_format(value: object) -> str | None:
    """Return the format of a stamp that is a moment by itself, or None."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return next((unit for unit, least in _EPOCHS.items() if value > least), None)
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return None
        return "rfc3339" if at.tzinfo else None
    return None


def _text(part: dict[str, object], words: Container[str]) -> str:
    texts = (value for key, value in part.items() if key.lower() in words)
    return next((text for text in texts if isinstance(text, str)), "")
