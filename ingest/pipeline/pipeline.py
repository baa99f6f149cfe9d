"""Take, decode, check, batch, write, acknowledge: two stages that overlap.

While the database works on one batch, the next one is gathered. An acknowledgement leaves only
after the commit that holds the message's readings or its place in quarantine, or after the spool's
disk has the message.
"""

import asyncio
from collections.abc import Sequence

from ingest.batch import Batch, prepare
from ingest.database.session import Session
from ingest.mqtt.lane import BatchLimits, Delivery, Lane
from ingest.mqtt.sources import Sources
from ingest.pipeline.store_and_forward import StoreAndForward

BETWEEN_STAGES_LIMIT_BATCHES = 1
_Gathered = tuple[list[Delivery], Batch]


class Pipeline:
    """Carries deliveries from a lane of the intake to where they are kept."""

    def __init__(
        self,
        limits: BatchLimits,
        lane: Lane,
        session: Session,
        forwarder: StoreAndForward,
        sources: Sources,
    ) -> None:
        self._limits = limits
        self._lane = lane
        self._session = session
        self._forwarder = forwarder
        self._sources = sources
        self._stopping = asyncio.Event()
        self.in_hand = 0
        """Messages that were taken from the lane and are not yet safe."""
        self._gathered: asyncio.Queue[_Gathered | None] = asyncio.Queue(
            BETWEEN_STAGES_LIMIT_BATCHES
        )

    def stop(self) -> None:
        """Gather no further batch; `run` returns when those in hand are written."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped. Raises what `keep` raises; then nothing more is written."""
        try:
            async with asyncio.TaskGroup() as stages:
                stages.create_task(self._gather(), name="gather")
                stages.create_task(self._write(), name="write")
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _gather(self) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                taking = asyncio.create_task(self._lane.take(*self._limits))
                await asyncio.wait((taking, stopping), return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    taking.cancel()
                    break
                deliveries = taking.result()
                if not deliveries:  # woken for messages that the take before had already brought
                    continue
                self.in_hand += len(deliveries)
                messages = [each.message for each in deliveries]
                plant = self._session.plant
                self._session.sequences.look(messages, plant.topics)
                # In a thread: what takes long to decode holds up only its own lane.
                streams = self._session.streams
                batch = await asyncio.to_thread(prepare, messages, plant, streams)
                await self._gathered.put((deliveries, batch))
        finally:
            stopping.cancel()
        await self._gathered.put(None)

    async def _write(self) -> None:
        while (gathered := await self._gathered.get()) is not None:
            deliveries, batch = gathered
            refused = await self._forwarder.keep(batch, self._session)
            self.in_hand -= len(deliveries)
            answer(self._sources, deliveries, refused)


def answer(sources: Sources, deliveries: Sequence[Delivery], refused: Sequence[int]) -> None:
    """Acknowledge what is safe, and refuse the indices for which there was no room."""
    without_room = set(refused)
    if without_room:
        sources.refuse([deliveries[index] for index in sorted(without_room)])
    sources.acknowledge(
        [each for index, each in enumerate(deliveries) if index not in without_room]
    )


async def run_all(pipelines: Sequence[Pipeline]) -> None:
    """Run pipelines side by side; raises what the first one raises that fails."""
    try:
        async with asyncio.TaskGroup() as running:
            for each in pipelines:
                running.create_task(each.run())
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
