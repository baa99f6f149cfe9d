"""`virtaama status`."""

import click

from deploy.cli.options import database_url
from deploy.status import read_status


@click.command(help="Tell in a few lines whether readings flow; exit with 1 if they do not.")
@database_url
def command(database_url: str) -> None:
    """Print the status."""
    status = read_status(database_url)
    for line in status.lines():
        click.echo(line)
    if not status.flowing:
        raise click.exceptions.Exit(1)
