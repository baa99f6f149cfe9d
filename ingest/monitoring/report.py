"""Tells the database how this process is: its connection to the broker, and its spool."""

import asyncio
import logging
from dataclasses import astuple
from datetime import UTC, datetime

from ingest.database.cancellation import end_if_told
from ingest.database.connection import connect
from ingest.database.error_classes import Kind, kind_of
from ingest.metrics import Metrics
from ingest.outage import Outage
from ingest.settings import IngestSettings
from ingest.spool.spool import Spool
from schemas.ingest_state import IngestState
from schemas.queries import queries

INTERVAL_S = 10.0
REASON_LIMIT_CHARACTERS = 200

_SQL = queries("arriving")
_log = logging.getLogger(__name__)


class Report:
    """Knows since when something waits in the spool."""

    def __init__(
        self, settings: IngestSettings, broker: Outage, spool: Spool | None, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._broker = broker
        self._spool = spool
        self._metrics = metrics
        self._spool_since: datetime | None = None
        self._outage = Outage(_log, "what tells how the ingest is")

    def state(self, now: datetime) -> IngestState:
        """Return how the process is."""
        broker, spool, metrics = self._broker, self._spool, self._metrics
        waits = spool is not None and spool.count > 0
        self._spool_since = (self._spool_since or now) if waits else None
        reason = broker.cause.replace("\0", "")[:REASON_LIMIT_CHARACTERS]
        return IngestState(
            self._settings.ingest_client_id,
            _moment(broker.works_since_s),
            _moment(broker.began_s),
            reason or None,
            broker.times,
            None if spool is None else spool.count,
            None if spool is None else spool.size_bytes,
            None if spool is None else spool.limit_bytes,
            self._spool_since,
            metrics.refused.total(),
            metrics.spool_damaged,
        )

    async def run(self) -> None:
        """Tell it again and again over a connection of its own, which no batch waits for."""
        while True:
            try:
                await self._over_a_connection()
            except Exception as error:
                end_if_told(error)
                if kind_of(error) is not Kind.TRANSIENT:  # that it is away is told by who writes
                    self._outage.goes_on(error)
                await asyncio.sleep(INTERVAL_S)

    async def _over_a_connection(self) -> None:
        settings = self._settings
        dsn = settings.database_url.get_secret_value()
        timeout_s = settings.ingest_database_timeout_s
        connection = await connect(dsn, timeout_s, name="virtaama ingest state")
        try:
            while True:
                state = self.state(datetime.now(UTC))
                await connection.execute(_SQL["tell_state"], *astuple(state))
                self._outage.is_over()
                await asyncio.sleep(INTERVAL_S)
        finally:
            connection.terminate()


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
