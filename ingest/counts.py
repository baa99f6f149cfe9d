"""What became of messages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """Readings that were new, readings that were known already, and what went to quarantine.

    `quarantined` counts pairs of message and reason.
    """

    committed: int = 0
    duplicates: int = 0
    quarantined: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.committed + other.committed,
            self.duplicates + other.duplicates,
            self.quarantined + other.quarantined,
        )

    def __str__(self) -> str:
        return (
            f"{self.committed} readings stored, {self.duplicates} known already, "
            f"{self.quarantined} quarantined"
        )
