"""The figures of an alarm system, each held against its target.

Sources: ANSI/ISA-18.2-2016, table of performance metrics (IEC 62682 has the same); EEMUA 191,
third edition. Where neither has a number the target is None or says so in its source.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import numpy as np

from dashboard.analysis.alarms.load import Load, load
from dashboard.analysis.alarms.nuisance import (
    Nuisance,
    chattering,
    fleeting,
    most_stale,
    stale,
)
from dashboard.analysis.alarms.occurrence import Occurrence, by_alarm, raised_in
from dashboard.analysis.alarms.repeating import Remedy, remedy
from dashboard.analysis.window import Window

TOP = 10
ISA, EEMUA, OWN = "ISA-18.2", "EEMUA 191", ""
# ISA-18.2: about 80 % low, 15 % medium, 5 % high. Diagnostic alarms are nobody's to answer at once.
PRIORITY_SHARES = {"high": 0.05, "medium": 0.15, "low": 0.80}
RANKED = tuple(PRIORITY_SHARES)


class Figure(StrEnum):
    """What is measured; its words are the text `performance.<figure>`."""

    RATE = "rate"
    PEAK = "peak"
    CROWDED = "crowded"
    FLOODED = "flooded"
    TOP_TEN = "top_ten"
    CHATTERING = "chattering"
    FLEETING = "fleeting"
    STALE = "stale"
    URGENT = "urgent"
    ACKNOWLEDGED = "acknowledged"
    IN_TIME = "in_time"


@dataclass(frozen=True)
class Measure:
    """A figure, its value (None: nothing to measure), its target and where the target is from.

    Shares are 0 to 1. `at_least` tells which side of the target is good.
    """

    figure: Figure
    value: float | None
    target: float | None
    source: str
    at_least: bool = False

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None where there is none, or nothing to measure."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True)
class Frequent:
    """An alarm with how often it was raised, and what would help if it comes again and again."""

    alarm_id: UUID
    times: int
    remedy: Remedy | None


@dataclass(frozen=True)
class Performance:
    """All that is told of the alarms of a window."""

    raised: int
    load: Load
    measures: Sequence[Measure]
    top: Sequence[Frequent]
    chattering: Sequence[Nuisance]
    fleeting: Sequence[Nuisance]
    stale: Sequence[Occurrence]
    priorities: dict[str, int]
    acknowledged_s: float | None


def performance(
    occurrences: Sequence[Occurrence], window: Window, now: datetime, operators: int
) -> Performance:
    """Return the performance of a window.

    Args:
        occurrences: What was raised in the window, and what was raised before and active in it.
        window: From when to when; its end may lie in the future, and counts until `now` then.
        now: The moment of asking.
        operators: How many share the alarms at a time.

    Raises:
        ValueError: There is no operator, or the window begins after `now`.
    """
    seen = Window(window.start, min(window.end, now))
    raised = raised_in(occurrences, seen)
    loaded = load(raised, seen, operators)
    frequent = Counter(one.alarm_id for one in raised).most_common(TOP)
    noisy, short = chattering(raised), fleeting(raised)
    of_each = by_alarm(raised)
    top = [Frequent(key, times, remedy(of_each[key], seen)) for key, times in frequent]
    measures = [
        Measure(Figure.RATE, loaded.per_operator, 1.0, f"{EEMUA}, {ISA}"),
        Measure(Figure.PEAK, loaded.peak, 10.0, ISA),
        Measure(Figure.CROWDED, loaded.crowded_share, 0.01, ISA),
        Measure(Figure.FLOODED, loaded.flooded_share(), 0.01, ISA),
        Measure(Figure.TOP_TEN, _top_share(top, raised), 0.05, ISA),
        Measure(Figure.CHATTERING, float(len(noisy)), 0.0, ISA),
        Measure(Figure.FLEETING, float(len(short)), 0.0, ISA),
        Measure(Figure.STALE, float(most_stale(occurrences, seen, now)), 4.0, ISA),
    ]
    priorities = dict(Counter(one.priority for one in raised))
    ranked = sum(priorities.get(name, 0) for name in RANKED)
    urgent = _share(priorities.get(RANKED[0], 0), ranked)
    measures.append(Measure(Figure.URGENT, urgent, PRIORITY_SHARES[RANKED[0]], ISA))
    taken_s = _taken_s(raised)
    middle_s = float(np.median(taken_s)) if taken_s else None
    measures.append(Measure(Figure.ACKNOWLEDGED, middle_s, None, OWN))
    measures.append(Measure(Figure.IN_TIME, _in_time(raised, now), 0.95, OWN, at_least=True))
    return Performance(
        raised=len(raised),
        load=loaded,
        measures=measures,
        top=top,
        chattering=noisy,
        fleeting=short,
        stale=stale(occurrences, seen.end),
        priorities=priorities,
        acknowledged_s=middle_s,
    )


def _top_share(top: Sequence[Frequent], raised: Sequence[Occurrence]) -> float | None:
    """Return the share of the most frequent alarms; None where there are not more than these."""
    if len({one.alarm_id for one in raised}) <= TOP:
        return None
    return _share(sum(one.times for one in top), len(raised))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _taken_s(raised: Sequence[Occurrence]) -> list[float]:
    """Return how long acknowledging took since people could see what was raised."""
    return [
        (one.acknowledged_at - one.told_at).total_seconds()
        for one in raised
        if one.acknowledged_at is not None and one.asked
    ]


def _in_time(raised: Sequence[Occurrence], now: datetime) -> float | None:
    """Return the share that was acknowledged within the time that its definition gives.

    What still has time does not count, nor what was over before people could see it; what nobody
    acknowledged in time does.
    """
    due = kept = 0
    for one in raised:
        if one.respond_within_s is None or not one.asked:
            continue
        taken_s = ((one.acknowledged_at or now) - one.told_at).total_seconds()
        is_kept = one.acknowledged_at is not None and taken_s <= one.respond_within_s
        is_late = taken_s > one.respond_within_s
        due += is_kept or is_late
        kept += is_kept
    return _share(kept, due)
