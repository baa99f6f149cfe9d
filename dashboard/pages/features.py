"""What has pages, in the order of the navigation: a new feature is a folder and a line here."""

from dashboard.pages import not_found
from dashboard.pages.alarm_definitions import list_page as alarm_definitions
from dashboard.pages.alarm_definitions import page as alarm_definition
from dashboard.pages.alarm_performance import page as alarm_performance
from dashboard.pages.alarms import act_callbacks as alarm_acts
from dashboard.pages.alarms import answer_page as alarm_answer
from dashboard.pages.alarms import detail_page as alarm
from dashboard.pages.alarms import journal_page as alarm_journal
from dashboard.pages.alarms import list_page as alarms
from dashboard.pages.assets import page as asset
from dashboard.pages.boards import page as boards
from dashboard.pages.comparison import page as comparison
from dashboard.pages.data_health import page as data_health
from dashboard.pages.key_figure import page as key_figure
from dashboard.pages.maintenance import callbacks as maintenance_callbacks
from dashboard.pages.maintenance import detail_page as maintenance_window
from dashboard.pages.maintenance import page as maintenance
from dashboard.pages.notices import page as notices
from dashboard.pages.overview import page as overview
from dashboard.pages.roster import page as roster
from dashboard.pages.trends import page as trends
from dashboard.pages.trials import (
    chart_callbacks,
    form_callbacks,
    list_page,
    writing_callbacks,
    writing_page,
)
from dashboard.pages.trials import page as trial
from dashboard.pages.unknown_topics import page as unknown_topics

FEATURES = (
    overview,
    alarms,
    alarm_journal,  # these before `alarm`, in whose address Dash would find theirs
    alarm_performance,
    roster,
    alarm_answer,
    alarm_definitions,
    alarm_definition,
    alarm,
    alarm_acts,
    boards,
    list_page,
    writing_page,  # before `trial`, in whose address Dash would find its own
    trial,
    chart_callbacks,
    form_callbacks,
    writing_callbacks,
    trends,
    comparison,
    unknown_topics,
    asset,
    data_health,
    maintenance,
    maintenance_window,
    maintenance_callbacks,
    notices,
    key_figure,
    not_found,
)


def register_all() -> None:
    """Register all pages and callbacks with the app that was made last."""
    for feature in FEATURES:
        feature.register()
