"""`/metrics` for Prometheus, on a port of its own that no proxy offers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import ConnectionPool

from dashboard.errors import CannotListen
from dashboard.settings import DashboardSettings
from dashboard.web.services import Services


class ServiceGauges(Collector):
    """What is read when somebody asks: connections to the database, pages with live values."""

    def __init__(self, pool: ConnectionPool, pages: Callable[[], int]) -> None:
        self._pool = pool
        self._pages = pages

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each gauge with its value now."""
        stats = self._pool.get_stats()
        open_, idle = stats.get("pool_size", 0), stats.get("pool_available", 0)
        yield _gauge("pool_open_connections", "Connections to the database.", open_)
        yield _gauge("pool_used_connections", "Those that a question uses.", open_ - idle)
        yield _gauge("pool_max_connections", "As many may be open.", stats.get("pool_max", 0))
        waiting = stats.get("requests_waiting", 0)
        yield _gauge("pool_waiting_questions", "Questions that wait for one.", waiting)
        yield _gauge("open_streams", "Open pages that get live values.", self._pages())


@contextmanager
def serving_metrics(settings: DashboardSettings, services: Services) -> Iterator[None]:
    """Serve `/metrics` while the block runs, if the settings name a port. Raises CannotListen."""
    host, port = settings.dashboard_metrics_host, settings.dashboard_metrics_port
    if port is None:
        yield
        return
    gauges = ServiceGauges(services.database.pool, services.feeds.count_pages)
    try:
        server, thread = start_http_server(port, host)
    except OSError as error:
        raise CannotListen(host, port, error.strerror or str(error), "METRICS_") from error
    REGISTRY.register(gauges)
    try:
        yield
    finally:
        REGISTRY.unregister(gauges)
        server.shutdown()
        server.server_close()
        thread.join()


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"virtaama_dashboard_{name}", what, value)
