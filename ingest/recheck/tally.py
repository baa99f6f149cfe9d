"""What a recheck would change, counted. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ingest.recheck.slices import Found
from schemas.quality import Check, Qc


class Change(NamedTuple):
    """A check that fires now, or no more, in readings whose verdict goes from one to another."""

    point_id: int
    check: Check
    fires: bool
    before: Qc
    after: Qc


class Tally:
    """Counts readings. One in which two checks change is in `changes` twice, in `changed` once."""

    def __init__(self) -> None:
        self.looked_at = 0
        self.changed = 0
        self.changes: Counter[Change] = Counter()

    def add(self, found: Found) -> None:
        """Count a slice."""
        self.looked_at += found.looked_at
        self.changed += len(found.now)
        self.changes.update(_changes(found))


def _changes(found: Found) -> Iterator[Change]:
    was, now = found.was, found.now
    columns = (now.point_id, was.checks, now.checks, was.qc, now.qc)
    for point, before, after, qc, new_qc in zip(*(each.tolist() for each in columns), strict=True):
        for check in Check(before ^ after):
            yield Change(point, check, bool(after & check), Qc(qc), Qc(new_qc))
