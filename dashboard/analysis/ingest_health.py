"""What is wrong between the broker and the database: before all points, as all depend on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from schemas.ingest_state import IngestState

TOLD_WITHIN = timedelta(seconds=60)
SPOOL_FULL_SHARE = 0.5


class IngestProblem(StrEnum):
    """What can be wrong with a process of the ingest, what is to be done first at the top."""

    INGEST_SILENT = auto()  # it tells nothing any more
    BROKER_AWAY = auto()
    SPOOL_FULL = auto()  # more than half of its limit
    SPOOL_DAMAGED = auto()
    SPOOL_REFUSES = auto()  # there was no room for messages of guests
    SPOOL_WAITS = auto()


@dataclass(frozen=True)
class ToldState(IngestState):
    """How a process told that it is, and when."""

    told_at: datetime

    def problems(self, now: datetime) -> list[IngestProblem]:
        """Return what is wrong, the first to be mended first; of a silent one nothing else."""
        if now - self.told_at > TOLD_WITHIN:
            return [IngestProblem.INGEST_SILENT]
        share = (self.spool_bytes or 0) / (self.spool_limit_bytes or 1)
        waits = bool(self.spool_messages)
        found = {
            IngestProblem.BROKER_AWAY: self.broker_since is None,
            IngestProblem.SPOOL_FULL: waits and share > SPOOL_FULL_SHARE,
            IngestProblem.SPOOL_DAMAGED: self.damaged > 0,
            IngestProblem.SPOOL_REFUSES: self.refused > 0,
            IngestProblem.SPOOL_WAITS: waits and share <= SPOOL_FULL_SHARE,
        }
        return [each for each in IngestProblem if found.get(each)]

    def since(self, problem: IngestProblem) -> datetime | None:
        """Return since when a problem is there; None where that is not known."""
        if problem is IngestProblem.INGEST_SILENT:
            return self.told_at
        if problem is IngestProblem.BROKER_AWAY:
            return self.broker_lost_at
        is_spool = problem in (IngestProblem.SPOOL_FULL, IngestProblem.SPOOL_WAITS)
        return self.spool_since if is_spool else None


@dataclass(frozen=True)
class IngestFinding:
    """What is wrong with a process."""

    state: ToldState
    problem: IngestProblem


def ingest_findings(states: Iterable[ToldState], now: datetime) -> list[IngestFinding]:
    """Return all that is wrong, what is to be done first before the others."""
    found = [IngestFinding(one, each) for one in states for each in one.problems(now)]
    order = list(IngestProblem)
    return sorted(found, key=lambda one: (order.index(one.problem), one.state.client_id))
