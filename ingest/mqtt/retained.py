"""What the broker had kept before, taken beside what comes now.

A session gets what is retained before anything newer, however much that is. So `Source` does not
ask for it. This one does, by a connection of its own, and has only so much of it in hand. When all
of it has come is known by the order in which Mosquitto answers, so it asks first who answers.
"""

import logging
from collections.abc import Callable, Sequence

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.broker_url import RETAINED_SUFFIX, VERSION_TOPIC
from ingest.metrics import Arrivals
from ingest.mqtt.client import Arrived, StockClient
from ingest.mqtt.connection import Terms
from ingest.mqtt.consumer import Source
from ingest.mqtt.intake import Intake
from ingest.mqtt.lane import Delivery
from ingest.settings import IngestSettings

MOSQUITTO = b"mosquitto version"
IS_ANOTHER = f"the broker does not say in {VERSION_TOPIC} that it is Mosquitto"


class RetainedSource(Source):
    """Takes what the broker has kept for what it subscribes to, once.

    Its client id, and its account if there are accounts, are the source's with RETAINED_SUFFIX.
    `on_done` is called in its thread at the end: without a reason when all is acknowledged, with
    one if nothing can be taken here. A connection that is lost begins anew.
    """

    _step = -1
    _level = logging.DEBUG

    def __init__(
        self,
        settings: IngestSettings,
        intake: Intake,
        arrivals: Arrivals,
        clock_us: Callable[[], int],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        super().__init__(settings, intake, Arrivals(), clock_us, on_failure)
        self._taken = arrivals  # without what comes now, which the source counts
        self._limit_bytes = settings.ingest_retained_limit_bytes
        self.on_done: Callable[[str], None] = lambda _: None
        self._is_mosquitto = False
        self._filters: list[str] = []
        self._offered_bytes = self._settled_bytes = 0
        self._is_asked = False
        self._seen = 0

    @property
    def _terms(self) -> Terms:
        client_id, username, _ = super()._terms
        return Terms(client_id + RETAINED_SUFFIX, username and username + RETAINED_SUFFIX, 0)

    def _make_client(self) -> StockClient:
        client = super()._make_client()
        client.on_unsubscribe = lambda *_: self._answered()
        return client

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these messages are ours now."""
        super().acknowledge(deliveries)
        self._taken.acknowledged += sum(each.connection < 0 for each in deliveries)
        self._note_settled(deliveries)

    def refuse(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that there is no room for these messages."""
        super().refuse(deliveries)
        self._note_settled(deliveries)

    def _note_settled(self, deliveries: Sequence[Delivery]) -> None:
        self._settled_bytes += sum(
            1 + each.size_bytes for each in deliveries if each.connection < 0
        )
        self._wake()

    def _may_read(self) -> bool:
        return super()._may_read() and self._offered_bytes - self._settled_bytes < self._limit_bytes

    def _offer(self, arrived: Sequence[Arrived]) -> None:
        """Leave out what comes now: the source has it, too."""
        kept: list[Arrived] = []
        for each in arrived:
            topic, payload, mid, qos, retained = each
            if retained and topic != VERSION_TOPIC:
                kept.append(each)
                continue
            if qos == 1:
                self._answers.settle([mid], is_accepted=True)
            self._is_mosquitto |= topic == VERSION_TOPIC and payload.startswith(MOSQUITTO)
        self._taken.received += len(kept)
        self._offered_bytes += sum(1 + len(each[0]) + len(each[1]) for each in kept)
        super()._offer(kept)

    def _reconcile(self) -> None:
        self._reconciled = True
        self._begin()

    def _send_acks(self) -> None:
        is_idle = self._offered_bytes == self._settled_bytes  # before: what is settled is sent then
        super()._send_acks()
        if is_idle and self._ready and self._reconciled and not self._is_asked:
            self._ask()

    def _begin(self) -> None:
        """Subscribe to what says who answers, then to what is wanted."""
        self._filters = sorted(self._wanted) if self._is_mosquitto else [VERSION_TOPIC]
        keeps = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE)
        self._client.subscribe([(each, keeps) for each in self._filters])
        self._ask()

    def _ask(self) -> None:
        """Unsubscribe, perhaps again: the answer comes behind all that the broker may send now."""
        self._is_asked = True
        self._seen = self._arrivals.received
        self._client.unsubscribe(self._filters)

    def _answered(self) -> None:
        self._is_asked = False
        if self._filters == [VERSION_TOPIC]:
            if self._is_mosquitto:
                self._begin()
            else:
                self._end(IS_ANOTHER)
        elif self._seen == self._arrivals.received and self._offered_bytes == self._settled_bytes:
            self._end("")

    def _connected(
        self, client: Client, data: object, flags: ConnectFlags, reason: ReasonCode, more: object
    ) -> None:
        super()._connected(client, data, flags, reason, more)
        self._is_asked = False
        if reason.is_failure:
            self._end(f"the broker does not let in {self._terms.client_id}: {reason}")

    def _disconnected(
        self, client: Client, data: object, flags: DisconnectFlags, reason: ReasonCode, more: object
    ) -> None:
        super()._disconnected(client, data, flags, reason, more)
        if not self._is_mosquitto:  # some brokers end the connection of who asks for $SYS
            self._end(IS_ANOTHER)

    def _end(self, reason: str) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            self.on_done(reason)
