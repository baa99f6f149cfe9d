"""Looks again at a window of readings, and says what of it was not recorded yet (pure).

Readings come late, twice and in disorder. What they say together does not depend on that: it is
found in their order of time, and only what overlaps nothing that is recorded is new.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from ingest.alarms.detector import Change, Detector, Sample
from schemas.alarm.condition import Condition


class Episode(NamedTuple):
    """The condition was on from `begin_us` to `end_us`; None: it still is.

    `was_suppressed`: by design, all that time.
    """

    begin_us: int
    end_us: int | None
    value: float
    was_suppressed: bool = False


class Start(NamedTuple):
    """What is recorded for the begin of a window of readings.

    `rises_us` is when the condition came on before it.
    """

    condition: Condition
    is_on: bool
    rises_us: Sequence[int] = ()

    def detector(self, *, is_on: bool) -> Detector:
        """Return what would be known there if the condition was on, or off."""
        detector = Detector(self.condition, is_on=is_on)
        detector.recall(self.rises_us)
        return detector


@dataclass(frozen=True)
class Review:
    """What a window of readings says: its episodes, and what is known at its end."""

    episodes: tuple[Episode, ...]
    detector: Detector

    def ended(self, at_us: int) -> Self:
        """Return it with an end of what goes on: the alarm was defined otherwise afterwards."""
        ends = (each._replace(end_us=each.end_us or at_us) for each in self.episodes)
        return replace(self, episodes=tuple(ends))

    def since(self, at_us: int) -> list[Episode]:
        """Return the episodes that were not over at a moment."""
        return [each for each in self.episodes if _end(each) >= at_us]


def review(start: Start, samples: Sequence[Sample], *, until_us: int) -> Review:
    """Read `samples` in order of time."""
    detector = start.detector(is_on=start.is_on)
    found: list[Episode] = []
    if start.is_on and samples:
        found.append(Episode(samples[0].at_us, None, samples[0].value))
    for sample in sorted(samples):
        _note(found, detector.observe(sample))
    last = detector.advance(until_us)
    _note(found, () if last is None else (last,))
    return Review(tuple(found), detector)


def is_settled(start: Start, before: Iterable[Sample], until_us: int) -> bool:
    """Tell whether the readings before a moment say how things stood there, or just before.

    They do if they say the same, whether or not the condition was on when they began: that it was
    off some time, or that it is on and has been recorded so. Of a value that has been within the
    deadband all the time they do not, nor of a delay that began before them.
    """
    both = [start.detector(is_on=is_on) for is_on in (False, True)]
    for sample in sorted(before):
        for each in both:
            each.observe(sample)
        if _are_off(both):
            return True
    for each in both:
        each.advance(until_us)
    return _are_off(both) or (start.is_on and all(each.is_on for each in both))


def _are_off(both: Sequence[Detector]) -> bool:
    return not any(each.is_on for each in both) and len({each.pending_us for each in both}) == 1


def _note(found: list[Episode], changes: Iterable[Change]) -> None:
    for change in changes:
        if change.is_on:
            found.append(Episode(change.at_us, None, change.value))
        else:
            found[-1] = found[-1]._replace(end_us=change.at_us)


def missing(found: Sequence[Episode], recorded: Sequence[Episode]) -> list[Episode]:
    """Return the episodes that overlap none that is recorded.

    One that goes on and overlaps only what is recorded as over begins anew where that ended.
    """
    new = []
    for episode in found:
        met = [known for known in recorded if _overlap(episode, known)]
        ends = [known.end_us for known in met]
        if not met:
            new.append(episode)
        elif episode.end_us is None and None not in ends:
            latest_us = max(end_us for end_us in ends if end_us is not None)
            new.append(episode._replace(begin_us=latest_us))
    return new


def _overlap(one: Episode, other: Episode) -> bool:
    return one.begin_us <= _end(other) and other.begin_us <= _end(one)


def _end(episode: Episode) -> float:
    return math.inf if episode.end_us is None else episode.end_us


def look_back_us(condition: Condition) -> int:
    """Return how long before a late reading a window begins, so that delays are known there."""
    return round((condition.memory_s + 1) * 1e6)
