"""`virtaama site check|load`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.cli.options import database_url
from schemas.site.load import load
from schemas.site.reader import read

_folder = click.argument("path", type=click.Path(exists=True, path_type=Path))


@click.group(help="Check a site file, or load it into the database.")
def command() -> None:
    """Group of the site commands."""


@command.command(help="Read the site file(s) at PATH and report every error at once.")
@_folder
def check(path: Path) -> None:
    """Validate without a database."""
    site = read(path)
    click.echo(f"{path}: {site.summary()}; no errors.")


@command.command("load", help="Load the site file(s) at PATH; safe to repeat, history is kept.")
@_folder
@database_url
def load_command(path: Path, database_url: str) -> None:
    """Bring the database's description of the plant to what the file says."""
    click.echo(str(load(database_url, read(path), now=datetime.now(UTC))))
