"""`virtaama calculate`."""

import click

from deploy.cli.environment import read_settings
from ingest.calculation.service import run
from ingest.calculation.settings import CalculationSettings


@click.command(help="Calculate the points that have a formula, until stopped.")
def command() -> None:
    """Run the process that calculates; its settings come from the environment."""
    run(read_settings(CalculationSettings))
