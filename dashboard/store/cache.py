"""Answers that are the same for a while: made once, and kept for whoever asks the same."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    made_at: datetime = LONG_AGO
    value: Any = None


class Cache(Generic[Value]):
    """Values by key, the least asked for dropped beyond `entries_max`; safe to ask from threads.

    Of those who ask the same one makes the value while the others wait; whoever asks something else
    does not wait for them.
    """

    def __init__(self, kept_s: float, entries_max: int) -> None:
        self._kept_for = timedelta(seconds=kept_s)
        self._entries_max = entries_max
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def get(self, key: Hashable, now: datetime, make: Callable[[], Value]) -> Value:
        """Return the value of `key`, made by `make` if there is none that is young enough.

        What `make` raises leaves nothing behind.
        """
        with self._lock:
            entries = self._entries
            entry = entries.setdefault(key, _Entry())
            entries.move_to_end(key)
            while len(entries) > self._entries_max:
                entries.popitem(last=False)
        with entry.lock:
            # What was made while `forget` was called is for its maker alone.
            if entries is not self._entries or not self._is_young(entry, now):
                entry.value = make()
                entry.made_at = now
            value: Value = entry.value
            return value

    def peek(self, key: Hashable, now: datetime) -> Value | None:
        """Return the value of `key` if there is one that is young enough. Waits for nothing."""
        entry = self._entries.get(key)
        if entry is None or not self._is_young(entry, now):
            return None
        found: Value = entry.value
        return found

    def forget(self) -> None:
        """Make everything anew the next time. Waits for nothing."""
        self._entries = OrderedDict()

    def _is_young(self, entry: _Entry, now: datetime) -> bool:
        return entry.made_at <= now < entry.made_at + self._kept_for
