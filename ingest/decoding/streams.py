"""How far each stream of local stamps has come; known only near a repeated hour."""

from collections.abc import Iterable, Mapping, Sequence

from ingest.decoding.message import Message
from ingest.decoding.repeated_hour import Order

STREAMS_LIMIT = 20_000


class Streams:
    """The order of each topic, by what was decoded until now."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._begun: set[str] = set()  # topics that the current batch has met

    def restore(self, orders: Iterable[tuple[str, Order]]) -> None:
        """Take over what an earlier process knew of topics that this one has not met."""
        for topic, order in orders:
            self._orders.setdefault(topic, order)

    def begin_batch(self) -> None:
        """Note that what follows is made safe together."""
        self._begun = set()

    def placed(self, message: Message) -> Message:
        """Return a message with how far its stream had come before it, unless it knows that."""
        if message.order is not None or not self._orders:
            return message
        order = self._orders.get(message.topic)
        if order is not None and message.topic not in self._begun:
            order = order.marked()
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

    def moved(self, topic: str, order: Order) -> None:
        """Note how far a stream has come."""
        self._orders.pop(topic, None)
        self._orders[topic] = order
        if len(self._orders) > STREAMS_LIMIT:
            del self._orders[next(iter(self._orders))]

    def of(self, topics: Iterable[str]) -> Mapping[str, Order]:
        """Return how far these topics have come."""
        return {topic: self._orders[topic] for topic in topics if topic in self._orders}
