"""What the process has calculated, counted; and what waits for it now."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from ingest.database.changes import Changes

PREFIX = "virtaama_calculation_"


@dataclass(eq=False)
class Tally(Collector):
    """Numbers of one process since its start.

    `delay_s` is the time from the newest commit that was followed to the commit of what came of it.
    `looked_s` is when commits were followed last, by a clock that never jumps.
    """

    commits: int = 0
    gaps: int = 0
    written: int = 0
    replaced: int = 0
    rounds: int = 0
    rounds_s: float = 0.0
    points: int = 0
    waiting: int = 0
    due: int = 0
    delay_s: float = 0.0
    looked_s: float = field(default_factory=time.monotonic)

    def looked(self, waiting: int) -> None:
        """Take that commits were looked for, and how many wait."""
        self.looked_s = time.monotonic()
        self.waiting = waiting

    def followed(self, changes: Changes) -> None:
        """Take commits that were followed, when what follows from them is committed."""
        self.looked(changes.newest - changes.end)
        self.commits += len(changes.commits)
        self.gaps += changes.is_gap
        if changes.commits:
            newest_s = changes.commits[-1].committed_us / 1e6
            self.delay_s = max(0.0, time.time() - newest_s)

    def worked(self, done: Mapping[str, int], took_s: float) -> None:
        """Take what one transaction has `written` and `replaced`, and how long it took."""
        self.rounds += 1
        self.rounds_s += took_s
        self.written += done.get("written", 0)
        self.replaced += done.get("replaced", 0)

    def sentence(self) -> str:
        """Say how things are."""
        return f"{self.waiting} commits wait"

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the families, counters first."""
        counters = (
            ("followed_commits", "Commits of readings that were followed.", self.commits),
            (
                "missed_commits",
                "Times that commits were gone before they were followed.",
                self.gaps,
            ),
            ("written_values", "Values that were written.", self.written),
            ("replaced_values", "Stored values that were wrong and went.", self.replaced),
        )
        for name, text, count in counters:
            yield CounterMetricFamily(PREFIX + name, text, value=count)
        yield SummaryMetricFamily(
            f"{PREFIX}round_seconds",
            "Rounds that had something to do, and the time that they took.",
            count_value=self.rounds,
            sum_value=self.rounds_s,
        )
        gauges = (
            ("points", "Points that are calculated.", self.points),
            ("waiting_commits", "Commits that are not followed yet.", self.waiting),
            ("due_points", "Points that wait to be calculated anew.", self.due),
            (
                "delay_seconds",
                "From the last commit of readings to that of what follows from it.",
                self.delay_s,
            ),
        )
        for name, text, value in gauges:
            yield GaugeMetricFamily(PREFIX + name, text, value=value)
