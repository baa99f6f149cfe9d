"""Counts who was refused by which limit, and says so in the log without being flooded itself."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from prometheus_client import Counter

from dashboard.limits.limit import Limit

LOG_INTERVAL_S = 60.0
REMEMBERED_MAX = 1_000
LINES_OF_A_LIMIT_MAX = 100  # in LOG_INTERVAL_S: a crowd of addresses does not write our log

REFUSED = Counter(
    "virtaama_dashboard_refused_total", "What a limit of the dashboard refused", ["limit"]
)
for _limit in Limit:  # at zero from the start: who watches sees the first refusal
    REFUSED.labels(_limit)
_log = logging.getLogger(__name__)


class Refusals:
    """One log line for each limit and each who is refused, at most every LOG_INTERVAL_S.

    The counter has every refusal; a line says how many there were since the line before. Where very
    many are refused by one limit, the last line says that further ones are not named.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._lines: dict[Limit, tuple[float, int]] = {}  # since when, and how many
        self._silent: OrderedDict[tuple[Limit, str], tuple[float, int]] = OrderedDict()

    def count(self, limit: Limit, who: str, sentence: str) -> None:
        """Count a refusal of `who` by a limit; `sentence` is for the log."""
        REFUSED.labels(limit).inc()
        now_s = self._clock_s()
        with self._lock:
            logged_s, since = self._silent.get((limit, who), (-LOG_INTERVAL_S, 0))
            due = now_s - logged_s >= LOG_INTERVAL_S
            self._silent[limit, who] = (now_s, 0) if due else (logged_s, since + 1)
            self._silent.move_to_end((limit, who))
            while len(self._silent) > REMEMBERED_MAX:
                self._silent.popitem(last=False)
            room = LINES_OF_A_LIMIT_MAX - self._lines_written(limit, now_s) if due else 0
        if room == 1:
            _log.warning(
                "refuse: %s, %s: %s; others are counted for a minute", limit, who, sentence
            )
        elif room > 1:
            more = f" ({since} more since the last line)" if since else ""
            _log.warning("refuse: %s, %s: %s%s", limit, who, sentence, more)

    def _lines_written(self, limit: Limit, now_s: float) -> int:
        """Return how many lines of a limit the interval has, before the one that is due."""
        since_s, lines = self._lines.get(limit, (now_s, 0))
        if now_s - since_s >= LOG_INTERVAL_S:
            since_s, lines = now_s, 0
        self._lines[limit] = (since_s, lines + 1)
        return lines
