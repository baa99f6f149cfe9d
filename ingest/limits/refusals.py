"""Counts who was refused by which limit of the ingest, and says so in the log."""

import logging
from collections.abc import Mapping

from prometheus_client import Counter

from ingest.limits.limit import IngestLimit
from schemas.refusal_lines import RefusalLines

REFUSED = Counter("virtaama_ingest_refused_total", "What a limit of the ingest refused.", ["limit"])
for _limit in IngestLimit:  # at zero from the start: who watches sees the first refusal
    REFUSED.labels(_limit)
_lines = RefusalLines(logging.getLogger(__name__))


def refuse(limit: IngestLimit, who: str, times: int = 1) -> None:
    """Count refusals of `who` by a limit. Any thread may call it."""
    REFUSED.labels(limit).inc(times)
    _lines.say(limit, who, limit.sentence, times, limit.interval_s)


def refuse_all(refused: Mapping[tuple[IngestLimit, str], int]) -> None:
    """Count what limits refused, and of whom; called once it is committed."""
    for (limit, who), times in refused.items():
        refuse(limit, who, times)
