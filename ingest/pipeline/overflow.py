"""What guests send beyond their part of the intake: to the spool at once, past the database.

So the socket is read on, whatever a guest sends, and the plant's own messages come through. The
drain stores it later; what is beyond a guest's share of the spool is refused.
"""

from ingest.database.session import Session
from ingest.decoding.senders import sender_of
from ingest.limits.limit import IngestLimit
from ingest.limits.refusals import refuse
from ingest.mqtt.intake import Intake
from ingest.mqtt.lane import BatchLimits
from ingest.mqtt.sources import Sources
from ingest.pipeline.pipeline import answer
from ingest.pipeline.store_and_forward import StoreAndForward


class Overflow:
    """Takes from the guest that has most, until the guests have no more than their part."""

    def __init__(
        self,
        limits: BatchLimits,
        intake: Intake,
        session: Session,
        forwarder: StoreAndForward,
        sources: Sources,
    ) -> None:
        self._limits = limits
        self._intake = intake
        self._session = session
        self._forwarder = forwarder
        self._sources = sources
        self.in_hand = 0
        """Messages that were taken from the intake and are not yet safe."""

    async def run(self) -> None:
        """Work whenever the guests have too much; never returns. Raises SpoolUnusable."""
        while True:
            await self._intake.is_crowded.wait()
            excess = self._intake.take_excess(self._limits.messages, self._limits.size_bytes)
            if excess:
                self.in_hand = len(excess)
                session = self._session
                sender = sender_of(excess[0].message.topic, session.plant.topics)
                refuse(IngestLimit.INTAKE_OF_GUESTS, sender, len(excess))
                messages = session.streams.placed_first([each.message for each in excess])
                session.sequences.look(messages, session.plant.topics)
                refused = await self._forwarder.put_aside(messages, session.plant)
                self.in_hand = 0
                answer(self._sources, excess, refused)
