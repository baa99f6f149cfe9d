"""`virtaama dashboard`."""

import click

from dashboard.server import run
from dashboard.settings import DashboardSettings
from deploy.cli.environment import read_settings
from deploy.onboarding.find_unknown import suggested


@click.command(help="Serve the dashboard until stopped.")
def command() -> None:
    """Run the dashboard; its settings come from the environment."""
    run(read_settings(DashboardSettings), suggested)
