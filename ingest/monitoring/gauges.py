"""What is the case now, beside the counters of what has happened."""

from dataclasses import dataclass

from ingest.database.session import Session
from ingest.mqtt.queue import Intake
from ingest.pipeline.durability import Keeping
from ingest.pipeline.pipeline import Pipeline
from ingest.spool.spool import Spool


@dataclass
class Gauges:
    """Looks into the parts of the line, those that exist already."""

    session: Session
    spool: Spool | None
    intake: Intake | None = None
    pipeline: Pipeline | None = None
    keeping: Keeping | None = None

    @property
    def intake_messages(self) -> int:
        """Messages that were received and not yet taken."""
        return 0 if self.intake is None else len(self.intake)

    @property
    def waiting_messages(self) -> int:
        """Messages that were received and are not yet safe."""
        in_hand = 0 if self.pipeline is None else self.pipeline.in_hand
        return self.intake_messages + in_hand

    @property
    def database_present(self) -> bool:
        """Whether batches go into the database."""
        return not self.session.away and (self.keeping is None or self.keeping.present)
