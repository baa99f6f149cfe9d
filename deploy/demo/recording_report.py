"""What was odd in a recording: counted while it is read, printed for whoever asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

GAP_STEPS = 1.5
_GAPS_SHOWN = 3


@dataclass(frozen=True)
class Gap:
    """A stretch without rows, longer than `GAP_STEPS` steps; both ends UTC."""

    after: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """Time between the rows at both ends."""
        return self.until - self.after


@dataclass
class RecordingReport:
    """Counts of what was found in one recording; nothing of it changed a value.

    `clock_forward` and `clock_back` count the daylight-saving changes that the rows pass, where
    the wall clock jumps and UTC does not. `rows_in_gap` stand on a wall-clock time that never was,
    `rows_in_overlap` on one that was twice. `out_of_order` rows came before an earlier one and were
    sorted; `duplicates` repeat a moment and were left out. `missing` and `unreadable` cells by
    column: the first are empty, the second text in a column of numbers; both are sent as they are.
    """

    name: str
    zone: str
    rows: int = 0
    first: datetime | None = None
    last: datetime | None = None
    runs: int = 1
    clock_forward: int = 0
    clock_back: int = 0
    rows_in_gap: int = 0
    rows_in_overlap: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    gaps: list[Gap] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    text_columns: list[str] = field(default_factory=list)
    negative: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the report as lines for a reader."""
        lines = [
            f"{self.name}: {self.rows} rows, {self.first:%Y-%m-%d %H:%M} to "
            f"{self.last:%Y-%m-%d %H:%M} UTC, {self.runs} run(s), clock of {self.zone}",
            f"  clock changes passed: {self.clock_forward} forward, {self.clock_back} back; "
            f"rows inside the skipped hour {self.rows_in_gap}, "
            f"inside the repeated hour {self.rows_in_overlap}",
            f"  out of order {self.out_of_order}, duplicates {self.duplicates}, "
            f"gaps {len(self.gaps)}",
        ]
        longest = sorted(self.gaps, key=lambda gap: gap.length, reverse=True)
        lines += [
            f"    {gap.after:%Y-%m-%d %H:%M} to {gap.until:%Y-%m-%d %H:%M} UTC ({gap.length})"
            for gap in longest[:_GAPS_SHOWN]
        ]
        for title, counts in (
            ("missing cells", self.missing),
            ("unreadable cells", self.unreadable),
            ("negative values", self.negative),
        ):
            if counts:
                found = ", ".join(f"{column} {count}" for column, count in counts.items())
                lines.append(f"  {title}: {found}")
        if self.text_columns:
            lines.append(f"  columns of text: {', '.join(self.text_columns)}")
        return "\n".join(lines)
