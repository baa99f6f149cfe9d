"""Takes from several that wait, one of each in turn, so that none waits behind another's flood."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Taken(NamedTuple, Generic[K, T]):
    """What was taken and of whom, and whose turn it is then."""

    items: list[tuple[K, T]]
    turns: list[K]


def take_in_turn(
    waiting: Mapping[K, Iterable[T]],
    size_bytes: Callable[[T], int],
    limit_items: int,
    limit_bytes: int,
) -> Taken[K, T]:
    """Take up to the limits, and one at least; whose next one does not fit begins the next time.

    `waiting` begins with whose turn it is, and has the items of each in their order.
    """
    taken: list[tuple[K, T]] = []
    left_bytes = limit_bytes
    turns = deque((owner, iter(items)) for owner, items in waiting.items())
    too_large: list[K] = []
    while turns and len(taken) < limit_items:
        owner, items = turns.popleft()
        for item in items:
            if taken and size_bytes(item) > left_bytes:
                too_large.append(owner)
            else:
                taken.append((owner, item))
                left_bytes -= size_bytes(item)
                turns.append((owner, items))
            break
    return Taken(taken, [*too_large, *(owner for owner, _ in turns)])
