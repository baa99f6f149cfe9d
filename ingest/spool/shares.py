"""What a guest may take of the spool, so that room is left for the plant's own messages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ingest.decoding.message import Message
from ingest.decoding.senders import OWN, sender_of
from ingest.decoding.site_snapshot import Plant

MESSAGE_OVERHEAD_BYTES = 32  # of a row, beside its topic and its payload


class Divided(NamedTuple):
    """Which messages there is room for, what they take by sender, and whom the others are from.

    `guests` has the sender of each that is kept, OWN for the plant's own. `refused` are indices of
    the messages, `refused_senders` counts them.
    """

    kept: Sequence[Message]
    guests: Sequence[str]
    bytes_by_sender: Mapping[str, int]
    refused: Sequence[int]
    refused_senders: Counter[str]


def size_of(message: Message) -> int:
    """Return what a message counts in the spool, in bytes."""
    return len(message.topic) + len(message.payload) + MESSAGE_OVERHEAD_BYTES


def bytes_by_sender(messages: Sequence[Message], plant: Plant) -> Counter[str]:
    """Return what messages count by their senders."""
    total: Counter[str] = Counter()
    for message in messages:
        total[sender_of(message.topic, plant.topics)] += size_of(message)
    return total


def divide(
    messages: Sequence[Message], plant: Plant, used_bytes: Mapping[str, int], limit_bytes: int
) -> Divided:
    """Refuse what goes beyond the share of a guest; the plant's own messages are never refused."""
    kept: list[Message] = []
    guests: list[str] = []
    added: Counter[str] = Counter()
    refused: list[int] = []
    refused_senders: Counter[str] = Counter()
    for index, message in enumerate(messages):
        sender = sender_of(message.topic, plant.topics)
        size_bytes = size_of(message)
        is_over = used_bytes.get(sender, 0) + added[sender] + size_bytes > limit_bytes
        is_guest = plant.guests.is_guest(sender, message.received_us)
        if is_over and is_guest:
            refused.append(index)
            refused_senders[sender] += 1
        else:
            kept.append(message)
            guests.append(sender if is_guest else OWN)
            added[sender] += size_bytes
    return Divided(kept, guests, added, refused, refused_senders)
