"""`virtaama migrate`."""

import click

from deploy.cli.options import database_url
from schemas.migrate import migrate, pending


@click.command(help="Bring the database to the current schema; safe to repeat.")
@database_url
@click.option("--check", is_flag=True, help="Change nothing; exit with 3 if steps are missing.")
def command(database_url: str, check: bool) -> None:
    """Apply or list missing migrations."""
    titles = pending(database_url) if check else migrate(database_url)
    for title in titles:
        click.echo(f"{'missing' if check else 'applied'}: {title}")
    if not titles:
        click.echo("The schema is current.")
    elif check:
        raise click.exceptions.Exit(3)
