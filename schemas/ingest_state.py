"""How a process of the ingest is, as it tells it: columns of table `ingest_state`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class IngestState:
    """Meanings as in the table; fields in the order in which `tell_state` writes them."""

    client_id: str
    broker_since: datetime | None
    broker_lost_at: datetime | None
    broker_reason: str | None
    outages: int
    spool_messages: int | None
    spool_bytes: int | None
    spool_limit_bytes: int | None
    spool_since: datetime | None
    refused: int
    damaged: int
