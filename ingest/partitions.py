"""Several ingest processes, each with its own share of the topics, by filters that never change.

All processes know all shares, so each can see that no topic of the site is left out. Shared
subscriptions would do without, but strand what a dead worker holds until it returns.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from paho.mqtt.client import topic_matches_sub

from ingest.decoding.senders import sender_of
from ingest.decoding.topics import TopicTable

SHOWN_TOPICS_MAX = 5


class Coverage(NamedTuple):
    """Topics of the site that no share has, and those that several have."""

    missed: list[str]
    doubled: list[str]

    def problems(self) -> list[str]:
        """Return a sentence for each thing that is wrong."""
        found = []
        if self.missed:
            found.append(
                f"{_some(self.missed)}: no partition subscribes to it, so its readings never come"
            )
        if self.doubled:
            found.append(f"{_some(self.doubled)}: several partitions subscribe to it")
        return found


def coverage(shares: Sequence[Sequence[str]], table: TopicTable) -> Coverage:
    """Compare the filters of all shares with the topics that the site describes."""
    missed, doubled = [], []
    for topic in _topics(table):
        holders = sum(_has(share, topic) for share in shares)
        if holders == 0:
            missed.append(topic)
        elif holders > 1:
            doubled.append(topic)
    return Coverage(missed, doubled)


def guests_beside_own(
    shares: Sequence[Sequence[str]], table: TopicTable, is_guest: Callable[[str], bool]
) -> list[str]:
    """Return the guests among the senders who share a session at the broker with the plant's own.

    Without shares that is one session for all.
    """
    found: set[str] = set()
    for share in shares or (("#",),):
        senders = {sender_of(topic, table) for topic in _topics(table) if _has(share, topic)}
        guests = {sender for sender in senders if is_guest(sender)}
        if guests != senders:
            found |= guests
    return sorted(found)


def filter_problem(text: str) -> str:
    """Return what is wrong with an MQTT filter; nothing if it is one."""
    levels = text.split("/")
    if not text or "\0" in text:
        return "is empty or holds a NUL"
    if text.startswith("$"):
        return "is the broker's own or a shared subscription"
    if any("#" in level and level != "#" for level in levels) or "#" in levels[:-1]:
        return "has a # that is not the whole last level"
    if any("+" in level and level != "+" for level in levels):
        return "has a + that is not a whole level"
    return ""


def _topics(table: TopicTable) -> list[str]:
    tagged = [f"{head}tag{tail}" for head, tail, _ in table.tagged]
    return sorted({*table.points, *table.lines, *table.foreign, *tagged})


def _has(share: Sequence[str], topic: str) -> bool:
    return any(topic_matches_sub(each, topic) for each in share)


def _some(topics: list[str]) -> str:
    more = len(topics) - SHOWN_TOPICS_MAX
    return ", ".join(topics[:SHOWN_TOPICS_MAX]) + (f" and {more} more" if more > 0 else "")
