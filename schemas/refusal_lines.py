"""Says in the log who was refused by which limit, without being flooded itself."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

LOG_INTERVAL_S = 60.0
REMEMBERED_MAX = 1_000
LINES_OF_A_LIMIT_MAX = 100  # in LOG_INTERVAL_S: a crowd of addresses does not write our log


class RefusalLines:
    """One line for each limit and each who is refused, at most every `interval_s`.

    A line says how many there were since the line before. Where very many are refused by one limit,
    the last line says that further ones are not named.
    """

    def __init__(self, log: logging.Logger, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._lines: dict[str, tuple[float, int]] = {}  # since when, and how many
        self._silent: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def say(
        self,
        limit: str,
        who: str,
        sentence: str,
        times: int = 1,
        interval_s: float = LOG_INTERVAL_S,
    ) -> None:
        """Note that `who` was refused by a limit so many times; any thread may call it."""
        now_s = self._clock_s()
        with self._lock:
            logged_s, since = self._silent.get((limit, who), (-interval_s, 0))
            due = now_s - logged_s >= interval_s
            since += times - 1 if due else times
            self._silent[limit, who] = (now_s, 0) if due else (logged_s, since)
            self._silent.move_to_end((limit, who))
            while len(self._silent) > REMEMBERED_MAX:
                self._silent.popitem(last=False)
            room = LINES_OF_A_LIMIT_MAX - self._written(limit, now_s) if due else 0
        if room == 1:
            self._log.warning(
                "refuse: %s, %s: %s; others are counted for a minute", limit, who, sentence
            )
        elif room > 1:
            more = f" ({since} more since the last line)" if since else ""
            self._log.warning("refuse: %s, %s: %s%s", limit, who, sentence, more)

    def _written(self, limit: str, now_s: float) -> int:
        """Return how many lines of a limit a minute has, before the one that is due."""
        since_s, lines = self._lines.get(limit, (now_s, 0))
        if now_s - since_s >= LOG_INTERVAL_S:
            since_s, lines = now_s, 0
        self._lines[limit] = (since_s, lines + 1)
        return lines
