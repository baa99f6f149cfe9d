"""`virtaama ingest`."""

import click

from deploy.cli.environment import read_settings
from ingest.service import run
from ingest.settings import IngestSettings


@click.command(help="Carry readings from the broker into the database until stopped.")
def command() -> None:
    """Run the ingest service; its settings come from the environment."""
    run(read_settings(IngestSettings))
