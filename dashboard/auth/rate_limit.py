"""How often something may be tried: pure, bounded, the same for names that exist and do not."""

from collections import OrderedDict, deque

KEYS_MAX = 10_000


class RateLimit:
    """At most `limit_attempts` for each key in any `window_s`; remembers `keys_max` keys."""

    def __init__(self, *, limit_attempts: int, window_s: float, keys_max: int = KEYS_MAX) -> None:
        self._limit = limit_attempts
        self._window_s = window_s
        self._keys_max = keys_max
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        """Return how long the key has to wait; 0 counts as a try."""
        tries = self._tries.setdefault(key, deque())
        self._tries.move_to_end(key)
        while len(self._tries) > self._keys_max:
            self._tries.popitem(last=False)
        while tries and tries[0] <= now_s - self._window_s:
            tries.popleft()
        if len(tries) >= self._limit:
            return tries[0] + self._window_s - now_s
        tries.append(now_s)
        return 0.0

    def forget(self, key: str) -> None:
        """Let a key that succeeded begin anew."""
        self._tries.pop(key, None)
