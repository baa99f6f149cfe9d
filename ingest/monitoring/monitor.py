"""Lets others see how we are: the endpoint, systemd, and the log now and then."""

import asyncio
import logging
import time
from http import HTTPStatus

from ingest.metrics import Metrics
from ingest.monitoring.gauges import Gauges
from ingest.monitoring.health import Health, Verdict
from ingest.monitoring.http_endpoint import Answer, Endpoint, health_answer
from ingest.monitoring.prometheus import CONTENT_TYPE, Exposition
from ingest.monitoring.systemd import Notifier
from ingest.settings import IngestSettings

LOOK_INTERVAL_S = 1.0

_log = logging.getLogger(__name__)


class Monitor:
    """Judges the flow once a second and whenever it is asked."""

    def __init__(self, settings: IngestSettings, metrics: Metrics, gauges: Gauges) -> None:
        self._settings = settings
        self._metrics = metrics
        self._gauges = gauges
        self._health = Health(settings.ingest_stall_limit_s, time.monotonic())
        self._exposition = Exposition(metrics, gauges)
        self._notifier = Notifier()
        self._endpoint = Endpoint(
            {"/metrics": self._metrics_answer, "/health": self._health_answer}
        )

    async def start(self) -> None:
        """Serve the endpoint if it has a port, and tell systemd. Raises EndpointUnusable."""
        if self._settings.ingest_endpoint_port is not None:
            await self._endpoint.start(
                self._settings.ingest_endpoint_host, self._settings.ingest_endpoint_port
            )
        self._notifier.ready()

    async def run(self) -> None:
        """Look on; never returns."""
        interval_s = LOOK_INTERVAL_S
        if self._notifier.watchdog_s:
            interval_s = min(interval_s, self._notifier.watchdog_s / 3)
        logged_s = time.monotonic()
        was_healthy = True
        while True:
            verdict = self._verdict()
            # A restart does not bring an absent database back; it does end a hang of our own.
            if verdict.healthy or not self._gauges.database_present:
                self._notifier.alive()
            if verdict.healthy != was_healthy:
                was_healthy = verdict.healthy
                _log.log(
                    logging.INFO if was_healthy else logging.ERROR, "health: %s", verdict.sentence
                )
                self._notifier.status(verdict.sentence)
            if time.monotonic() - logged_s >= self._settings.ingest_metrics_interval_s:
                logged_s = time.monotonic()
                _log.info("count: %s", self._metrics)
            await asyncio.sleep(min(interval_s, self._settings.ingest_metrics_interval_s))

    def stop(self) -> None:
        """Tell systemd that we end, and serve no more."""
        self._notifier.stopping()
        self._endpoint.stop()

    def _verdict(self) -> Verdict:
        return self._health.judge(
            time.monotonic(), self._gauges.waiting_messages, self._metrics.progress_s
        )

    def _health_answer(self) -> Answer:
        healthy, sentence = self._verdict()
        away = "" if self._gauges.database_present else "; the database is away"
        spool = self._gauges.spool
        waiting = "" if spool is None else f"; {spool.count} in the spool"
        return health_answer(healthy, f"{sentence}{waiting}{away}")

    def _metrics_answer(self) -> Answer:
        return Answer(HTTPStatus.OK, CONTENT_TYPE, self._exposition.text())
