"""How far each stream of local stamps has come; known only near a repeated hour."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from ingest.decoding.acceptance import DEFAULT_LIMITS, StreamLimits
from ingest.decoding.message import Message
from ingest.decoding.repeated_hour import Order
from ingest.limits.limit import IngestLimit
from ingest.limits.refusals import refuse


class Streams:
    """The order of each topic, by what was decoded until now.

    What is `beside` it is asked, too: a sender may become a guest, or be one no more, and its
    messages come by the other lane from then on.

    Beyond the limit of a sender, or of all, the quietest topic is forgotten. `forgotten` are those
    that are not yet removed from where they are stored; `forgotten_of` counts them by sender.
    """

    def __init__(
        self, limits: StreamLimits = DEFAULT_LIMITS.streams, beside: "Streams | None" = None
    ) -> None:
        self._limits = limits
        self._orders: dict[str, Order] = {}
        # Those of what is beside it, too; both have the same list.
        self._all_orders: list[dict[str, Order]] = [] if beside is None else beside._all_orders
        self._all_orders.append(self._orders)
        self._senders: dict[str, str] = {}
        self._topics: dict[str, dict[str, None]] = {}  # of each sender, the quietest first
        self._begun: set[str] = set()  # topics that the current batch has met
        self.forgotten: set[str] = set()
        self.forgotten_of: Counter[str] = Counter()

    @property
    def limit(self) -> int:
        """How many topics are remembered in all."""
        return self._limits.limit

    def restore(self, known: Iterable[tuple[str, Order, str]]) -> None:
        """Take over what an earlier process knew of topics (the quietest first) and their senders.

        What this one has met it knows better.
        """
        for topic, order, sender in known:
            if topic not in self._orders:
                self.moved(topic, order, sender)

    def begin_batch(self) -> None:
        """Note that what follows is made safe together."""
        self._begun = set()

    def placed(self, message: Message) -> Message:
        """Return a message with how far its stream had come before it, unless it knows that."""
        if message.order is not None or not any(self._all_orders):
            return message
        order = self._newest(message.topic)
        if order is not None and message.topic not in self._begun:
            order = order.marked(message.payload)
        self._begun.add(message.topic)
        return message._replace(order=order)

    def placed_first(self, messages: Sequence[Message]) -> list[Message]:
        """Return messages that are decoded later: the first of each stream as `placed` does."""
        self.begin_batch()
        met: set[str] = set()
        placed = []
        for message in messages:
            placed.append(message if message.topic in met else self.placed(message))
            met.add(message.topic)
        return placed

    def moved(self, topic: str, order: Order, sender: str) -> None:
        """Note how far a stream of a sender has come."""
        self._forget(topic)
        self._orders[topic], self._senders[topic] = order, sender
        topics = self._topics.setdefault(sender, {})
        topics[topic] = None
        self.forgotten.discard(topic)
        if len(topics) > self._limits.sender_limit:
            self._overflow(next(iter(topics)), IngestLimit.STREAMS_OF_A_SENDER)
        elif len(self._orders) > self._limits.limit:
            self._overflow(next(iter(self._orders)), IngestLimit.STREAMS)

    def of(self, topics: Iterable[str]) -> Mapping[str, Order]:
        """Return how far these topics have come."""
        return {topic: self._orders[topic] for topic in topics if topic in self._orders}

    def _newest(self, topic: str) -> Order | None:
        found = (orders[topic] for orders in self._all_orders if topic in orders)
        return max(found, key=attrgetter("received_us"), default=None)

    def _forget(self, topic: str) -> None:
        if self._orders.pop(topic, None) is not None:
            del self._topics[self._senders.pop(topic)][topic]

    def _overflow(self, topic: str, limit: IngestLimit) -> None:
        sender = self._senders[topic]
        self._forget(topic)
        self.forgotten.add(topic)
        refuse(limit, sender)
        self.forgotten_of[sender] += 1
