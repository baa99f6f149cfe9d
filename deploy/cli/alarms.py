"""`virtaama alarms`."""

import click

from deploy.cli.environment import read_settings
from ingest.alarms.service import run
from ingest.alarms.settings import AlarmsSettings


@click.command(help="Follow readings and raise, clear and keep alarms until stopped.")
def command() -> None:
    """Run the alarms process; its settings come from the environment."""
    run(read_settings(AlarmsSettings))
