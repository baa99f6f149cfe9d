"""What lives as long as the process: database, plants, key figures, feeds, the watch."""

from dataclasses import dataclass

from dash import get_app

from dashboard.access.gate import Gate
from dashboard.database import Database
from dashboard.door.watch import Watch
from dashboard.kpi_board import KpiBoard
from dashboard.live.feeds import Feeds
from dashboard.plant import Plants
from dashboard.settings import DashboardSettings


@dataclass(frozen=True)
class Services:
    """One of each, made once."""

    database: Database
    plants: Plants
    kpis: KpiBoard
    feeds: Feeds
    gate: Gate
    watch: Watch


def make_services(settings: DashboardSettings) -> Services:
    """Make all services; nothing connects yet."""
    database = Database(
        settings.database_url.get_secret_value(),
        max_connections=settings.dashboard_pool_max_connections,
        query_timeout_s=settings.dashboard_query_timeout_s,
    )
    gate, plants, kpis = Gate(database.pool), Plants(database), KpiBoard(database.open)
    watch = Watch(gate)

    def forget() -> None:
        watch.forget_all()
        plants.forget()
        kpis.forget()

    return Services(
        database,
        plants,
        kpis,
        Feeds(database, plants, settings.dashboard_push_interval_s, forget),
        gate,
        watch,
    )


def services() -> Services:
    """Return the services of the running app."""
    found = get_app().server.state.services
    assert isinstance(found, Services)
    return found
