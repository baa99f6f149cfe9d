"""What is the case now, beside the counters of what has happened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.database.session import Session
from ingest.mqtt.intake import Intake
from ingest.pipeline.overflow import Overflow
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.store_and_forward import StoreAndForward
from ingest.spool.spool import Spool


@dataclass
class Gauges:
    """Looks into the parts of the line, those that exist already."""

    session: Session
    guest_session: Session
    spool: Spool | None
    intake: Intake | None = None
    carriers: Sequence[Pipeline | Overflow] = ()
    forwarder: StoreAndForward | None = None

    @property
    def intake_messages(self) -> int:
        """Messages that were received and not yet taken."""
        return 0 if self.intake is None else len(self.intake)

    @property
    def waiting_messages(self) -> int:
        """Messages that were received and are not yet safe."""
        return self.intake_messages + sum(each.in_hand for each in self.carriers)

    @property
    def unread_values(self) -> Counter[str]:
        """Values that no mapping reads, by mapping."""
        return self.session.unread.values + self.guest_session.unread.values

    @property
    def unlisted_pointers(self) -> Counter[str]:
        """Places of payloads beyond the limit of their mapping, by mapping."""
        return self.session.unread.uncounted + self.guest_session.unread.uncounted

    @property
    def forgotten_streams(self) -> Counter[str]:
        """Topics of local stamps that were forgotten beyond a limit, by sender."""
        return self.session.streams.forgotten_of + self.guest_session.streams.forgotten_of

    @property
    def database_present(self) -> bool:
        """Whether batches go into the database."""
        return not self.session.away and (self.forwarder is None or self.forwarder.present)
