"""What the process has done, counted; and what is the case now."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX = "virtaama_alarms_"


@dataclass(eq=False)
class Tally(Collector):
    """Numbers of one process since its start.

    `delay_s` is the time from the newest commit that was followed to the commit of what came of it.
    `looked_s` is when commits were followed last, by a clock that never jumps. What is the case now
    is told by the process that moves alarms, and by no other.
    """

    entries: Counter[str] = field(default_factory=Counter)
    late: int = 0
    commits: int = 0
    jumps: int = 0
    gaps: int = 0
    defined: int = 0
    active: int = 0
    behind: int = 0
    delay_s: float = 0.0
    is_moving: bool = False
    looked_s: float = field(default_factory=time.monotonic)

    def sentence(self) -> str:
        """Say how things are."""
        return f"{self.behind} commits wait" if self.is_moving else "this process moves no alarms"

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the families, counters first."""
        entries = CounterMetricFamily(
            f"{PREFIX}journal_entries", "Lines of the journal.", labels=["kind"]
        )
        for kind, number in sorted(self.entries.items()):
            entries.add_metric([kind], number)
        yield entries
        counters = (
            ("late_entries", "Lines that were recorded late.", self.late),
            ("followed_commits", "Commits of readings that were followed.", self.commits),
            ("clock_jumps", "Times that the clock of the machine was set.", self.jumps),
            (
                "missed_commits",
                "Times that commits were gone before they were followed.",
                self.gaps,
            ),
        )
        for name, text, count in counters:
            yield CounterMetricFamily(PREFIX + name, text, value=count)
        moving = "1: this process moves alarms, 0: another one does."
        yield GaugeMetricFamily(f"{PREFIX}moving", moving, value=int(self.is_moving))
        if not self.is_moving:
            return
        gauges = (
            ("definitions", "Alarms in force.", self.defined),
            ("active_alarms", "Alarms whose condition is on.", self.active),
            ("waiting_commits", "Commits that are not followed yet.", self.behind),
            (
                "delay_seconds",
                "From the last commit of readings to that of its alarms.",
                self.delay_s,
            ),
        )
        for name, text, value in gauges:
            yield GaugeMetricFamily(PREFIX + name, text, value=value)
