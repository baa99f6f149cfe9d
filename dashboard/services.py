"""What lives as long as the process: database, plants, key figures, feeds."""

from dataclasses import dataclass

from dash import get_app

from dashboard.database import Database
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


def make_services(settings: DashboardSettings) -> Services:
    """Make all services; nothing connects yet."""
    database = Database(
        settings.database_url.get_secret_value(),
        max_connections=settings.dashboard_pool_max_connections,
        query_timeout_s=settings.dashboard_query_timeout_s,
    )
    feeds = Feeds(database, settings.dashboard_push_interval_s)
    return Services(database, Plants(database), KpiBoard(database.open), feeds)


def services() -> Services:
    """Return the services of the running app."""
    found = get_app().server.state.services
    assert isinstance(found, Services)
    return found
