"""`virtaama status`."""

import click

from deploy.cli.options import database_url
from deploy.operations.status import read_status
from deploy.operations.status_text import lines, rights_lines, unread_lines


@click.command(
    help="Tell in a few lines whether readings flow.\n\n"
    "They flow if the newest one came within twice the shortest expected interval of the site's "
    "points, and within two minutes at the least. Exit codes: 0 they flow, 1 it could not be found "
    "out, 3 they do not flow (with --alarms also: nobody follows alarms)."
)
@database_url
@click.option(
    "--alarms",
    is_flag=True,
    help="For a watcher: exit with 3 also if no `virtaama alarms` follows what is stored, or if it "
    "is two minutes behind.",
)
@click.option(
    "--rights",
    is_flag=True,
    help="List what our database roles may beyond what the schema gives them, or lack, and stop.",
)
@click.option(
    "--unread",
    is_flag=True,
    help="List what mapped payloads hold beside what their mappings read and ignore, and stop.",
)
def command(database_url: str, alarms: bool, rights: bool, unread: bool) -> None:
    """Print the status."""
    status = read_status(database_url)
    if rights:
        for line in rights_lines(status) or ["All rights are as the schema gives them."]:
            click.echo(line)
        return
    if unread:
        for line in unread_lines(status) or ["Nothing is left out."]:
            click.echo(line)
        return
    for line in lines(status):
        click.echo(line)
    if not status.flowing or (alarms and not status.alarms_followed):
        raise click.exceptions.Exit(3)
