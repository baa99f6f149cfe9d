"""What the process has done since it started, in numbers."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.counts import Counts
from ingest.decoding.message import Message
from ingest.limits.limit import IngestLimit
from ingest.limits.refusals import refuse, refuse_all


@dataclass
class Arrivals:
    """What one source received, redelivered ones too, and acknowledged; its thread counts."""

    received: int = 0
    acknowledged: int = 0


@dataclass
class Metrics:
    """Counters; messages unless said otherwise.

    `sources` has what each source counts, `counts` readings, live and drained ones. `batch_s` is
    the time that all `batches` together took to be stored, `lag_s` that of the last one's first
    message from its reception to its commit. `progress_s` is when something was last made safe.
    """

    sources: list[Arrivals] = field(default_factory=list)
    batches: int = 0
    counts: Counts = field(default_factory=Counts)
    spooled: int = 0
    drained: int = 0
    spool_damaged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    batch_s: float = 0.0
    lag_s: float = 0.0
    progress_s: float = field(default_factory=time.monotonic)

    @property
    def received(self) -> int:
        """Messages from the broker."""
        return sum(each.received for each in self.sources)

    @property
    def acknowledged(self) -> int:
        """Messages acknowledged to the broker."""
        return sum(each.acknowledged for each in self.sources)

    def of_source(self) -> Arrivals:
        """Return the counts of a further source."""
        self.sources.append(Arrivals())
        return self.sources[-1]

    def committed(self, messages: Sequence[Message], counts: Counts, took_s: float) -> None:
        """Count a batch that was stored."""
        self.batches += 1
        self._count(counts)
        self.batch_s += took_s
        self.lag_s = time.time() - messages[0].received_us / 1e6
        self.progress_s = time.monotonic()

    def on_spool(self, messages: int, refused: Counter[str]) -> None:
        """Count messages that were written to the spool, and by sender those that were not."""
        self.spooled += messages
        self.refused += refused
        for sender, times in refused.items():
            refuse(IngestLimit.SPOOL_OF_A_GUEST, sender, times)
        self.progress_s = time.monotonic()

    def off_spool(self, messages: int, damaged: int, counts: Counts) -> None:
        """Count messages that left the spool: stored, or damaged and put aside there."""
        self.drained += messages
        self.spool_damaged += damaged
        self._count(counts)
        self.progress_s = time.monotonic()

    def _count(self, counts: Counts) -> None:
        self.counts += counts
        refuse_all(counts.refused)

    def __str__(self) -> str:
        return (
            f"{self.received} messages received, {self.acknowledged} acknowledged, "
            f"{self.spooled} spooled, {self.drained} drained, {self.batches} batches; {self.counts}"
        )
