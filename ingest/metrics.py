"""What the process has done since it started, in numbers."""

from dataclasses import dataclass, field

from ingest.counts import Counts


@dataclass
class Metrics:
    """Counters; `received` counts messages, redelivered ones included."""

    received: int = 0
    acknowledged: int = 0
    batches: int = 0
    counts: Counts = field(default_factory=Counts)

    def __str__(self) -> str:
        return (
            f"{self.received} messages received, {self.acknowledged} acknowledged, "
            f"{self.batches} batches; {self.counts}"
        )
