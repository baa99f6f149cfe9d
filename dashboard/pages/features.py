"""What has pages, in the order of the navigation: a new feature is a folder and a line here."""

from dashboard.pages import not_found
from dashboard.pages.assets import page as asset
from dashboard.pages.boards import page as boards
from dashboard.pages.key_figure import page as key_figure
from dashboard.pages.overview import page as overview
from dashboard.pages.trends import page as trends
from dashboard.pages.trials import (
    chart_callbacks,
    form_callbacks,
    list_page,
    writing_callbacks,
    writing_page,
)
from dashboard.pages.trials import page as trial

FEATURES = (
    overview,
    boards,
    list_page,
    writing_page,  # before `trial`, in whose address Dash would find its own
    trial,
    chart_callbacks,
    form_callbacks,
    writing_callbacks,
    trends,
    asset,
    key_figure,
    not_found,
)


def register_all() -> None:
    """Register all pages and callbacks with the app that was made last."""
    for feature in FEATURES:
        feature.register()
