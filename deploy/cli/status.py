"""`virtaama status`."""

import click

from deploy.cli.options import database_url
from deploy.status import read_status


@click.command(
    help="Tell in a few lines whether readings flow.\n\n"
    "They flow if the newest one came within twice the shortest expected interval of the site's "
    "points, and within two minutes at the least. Exit codes: 0 they flow, 1 it could not be found "
    "out, 3 they do not flow."
)
@database_url
def command(database_url: str) -> None:
    """Print the status."""
    status = read_status(database_url)
    for line in status.lines():
        click.echo(line)
    if not status.flowing:
        raise click.exceptions.Exit(3)
