"""What the broker is told about messages, in the order in which they came (MQTT 5, 4.6).

Messages become safe in another order: the plant's own go first.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Run(NamedTuple):
    """Packet identifiers that follow each other and have the same answer."""

    mids: Sequence[int]
    is_accepted: bool


class Answers:
    """The messages of QoS 1 of one connection that are not answered. For one thread."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()
        self._settled: dict[int, bool] = {}

    def arrived(self, mids: Iterable[int]) -> None:
        """Note messages in the order of their arrival."""
        self._waiting.extend(mids)

    def settle(self, mids: Iterable[int], *, is_accepted: bool) -> None:
        """Note that messages are safe, or refused."""
        self._settled.update(dict.fromkeys(mids, is_accepted))

    def ready(self) -> list[Run]:
        """Return what can be said now, and forget it."""
        runs: list[tuple[list[int], bool]] = []
        while self._waiting and self._waiting[0] in self._settled:
            mid = self._waiting.popleft()
            is_accepted = self._settled.pop(mid)
            if not runs or runs[-1][1] is not is_accepted:
                runs.append(([], is_accepted))
            runs[-1][0].append(mid)
        return [Run(*run) for run in runs]
