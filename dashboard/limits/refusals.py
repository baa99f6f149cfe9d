"""Counts who was refused by which limit of the dashboard, and says so in the log."""

import logging
import time
from collections.abc import Callable

from prometheus_client import Counter

from dashboard.limits.limit import Limit
from schemas.refusal_lines import RefusalLines

REFUSED = Counter(
    "virtaama_dashboard_refused_total", "What a limit of the dashboard refused", ["limit"]
)
for _limit in Limit:  # at zero from the start: who watches sees the first refusal
    REFUSED.labels(_limit)
_log = logging.getLogger(__name__)


class Refusals:
    """The counter has every refusal, the log a line now and then."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._lines = RefusalLines(_log, clock_s)

    def count(self, limit: Limit, who: str, sentence: str) -> None:
        """Count a refusal of `who` by a limit; `sentence` is for the log."""
        REFUSED.labels(limit).inc()
        self._lines.say(limit, who, sentence)
