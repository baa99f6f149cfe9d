"""The counters and gauges in Prometheus' text format; docs/metrics.md explains each."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from ingest.limits.refusals import REFUSED
from ingest.metrics import Metrics
from ingest.monitoring.gauges import Gauges

PREFIX = "virtaama_ingest_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Exposition(Collector):
    """Reads the process' own numbers when it is asked."""

    def __init__(self, metrics: Metrics, gauges: Gauges) -> None:
        self._metrics = metrics
        self._gauges = gauges
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._registry.register(REFUSED)

    def text(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the families, counters first."""
        metrics = self._metrics
        counts = metrics.counts
        yield _counter("received_messages", "Messages from the broker.", metrics.received)
        yield _counter("acknowledged_messages", "Messages acknowledged.", metrics.acknowledged)
        yield _counter("committed_readings", "Readings stored.", counts.committed)
        yield _counter("duplicate_readings", "Readings known already.", counts.duplicates)
        yield _by("reason", "quarantined_messages", "Messages in quarantine.", counts.reasons)
        yield _counter("spooled_messages", "Messages written to the spool.", metrics.spooled)
        yield _counter("drained_messages", "Messages stored out of the spool.", metrics.drained)
        yield _counter("damaged_messages", "Damaged ones in the spool.", metrics.spool_damaged)
        yield _by("sender", "refused_messages", "Beyond a guest's share.", metrics.refused)
        yield SummaryMetricFamily(
            f"{PREFIX}batch_seconds",
            "Time to store a batch.",
            count_value=metrics.batches,
            sum_value=metrics.batch_s,
        )
        gauges = self._gauges
        unread = gauges.unread_values
        yield _by("mapping", "unread_values", "Values that no mapping reads.", unread)
        unlisted = gauges.unlisted_pointers
        yield _by("mapping", "unlisted_pointers", "Beyond a mapping's limit.", unlisted)
        forgotten = gauges.forgotten_streams
        yield _by("sender", "forgotten_streams", "Beyond the limit of streams.", forgotten)
        sequences = gauges.session.sequences
        yield _by("line", "sequence_gaps", "Gaps in numbered messages.", sequences.gaps)
        missing = GaugeMetricFamily(
            f"{PREFIX}missing_messages", "Missing in the gaps.", labels=["line"]
        )
        for line, messages in sorted(sequences.missing.items()):
            missing.add_metric([line], messages)
        yield missing
        yield from self._now()

    def _now(self) -> Iterator[Metric]:
        gauges, spool = self._gauges, self._gauges.spool
        yield _gauge("commit_lag_seconds", "Reception to commit, last batch.", self._metrics.lag_s)
        yield _gauge("intake_messages", "Received and not yet taken.", gauges.intake_messages)
        yield _gauge("waiting_messages", "Received, not yet safe.", gauges.waiting_messages)
        yield _gauge("database_present", "1: batches are stored.", int(gauges.database_present))
        if spool is not None:
            yield _gauge("spool_messages", "Messages in the spool.", spool.count)
            yield _gauge("spool_bytes", "Size of the spool.", spool.size_bytes)
            yield _gauge("spool_limit_bytes", "Its limit.", spool.limit_bytes)


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, text, value=value)


def _by(label: str, name: str, text: str, values: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(PREFIX + name, text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, text, value=value)
