"""What became of messages."""

from collections import Counter
from dataclasses import dataclass, field

from ingest.limits.limit import IngestLimit


@dataclass(frozen=True)
class Counts:
    """Readings that were new, readings that were known already, and what went to quarantine.

    `quarantined` counts pairs of message and reason, and `reasons` tells them apart. `refused` is
    what limits refused, and of whom.
    """

    committed: int = 0
    duplicates: int = 0
    quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter, compare=False)
    refused: Counter[tuple[IngestLimit, str]] = field(default_factory=Counter, compare=False)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.committed + other.committed,
            self.duplicates + other.duplicates,
            self.quarantined + other.quarantined,
            self.reasons + other.reasons,
            self.refused + other.refused,
        )

    def __str__(self) -> str:
        return (
            f"{self.committed} readings stored, {self.duplicates} known already, "
            f"{self.quarantined} quarantined"
        )
