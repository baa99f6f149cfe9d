"""The sources of one process: each hears of all messages that are safe, and answers for its own."""

import threading
from collections.abc import Sequence

from ingest.mqtt.consumer import Source
from ingest.mqtt.lane import Delivery
from ingest.mqtt.retained import RetainedSource


class Sources:
    """The one that receives what comes now, and another for what was retained, while there is one.

    A delivery names its connection, and the two count theirs in opposite directions.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.retained: RetainedSource | None = None
        self._ending = threading.Lock()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these messages are ours now."""
        self.source.acknowledge(deliveries)
        if self.retained is not None:
            self.retained.acknowledge(deliveries)

    def refuse(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that there is no room for these messages."""
        self.source.refuse(deliveries)
        if self.retained is not None:
            self.retained.refuse(deliveries)

    def pause(self) -> None:
        """Read no further message."""
        self.source.pause()
        if self.retained is not None:
            self.retained.pause()

    def end_retained(self) -> None:
        """Stop the one for what was retained, if nobody else does so now."""
        with self._ending:
            found, self.retained = self.retained, None
        if found is not None:
            found.stop()

    def stop(self) -> None:
        """Send the acknowledgements that are waiting, disconnect, and end the threads."""
        self.end_retained()
        self.source.stop()
