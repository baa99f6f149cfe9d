"""`virtaama site check|load`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.cli.options import database_url
from schemas.catalogue.figure_report import figure_report
from schemas.site.load import load
from schemas.site.reader import read
from schemas.site.roles import site_roles

_folder = click.argument("path", type=click.Path(exists=True, path_type=Path))


@click.group(help="Check a site file, or load it into the database.")
def command() -> None:
    """Group of the site commands."""


@command.command(
    help="Read the site file(s) at PATH, report every error at once, and what key figures need."
)
@_folder
def check(path: Path) -> None:
    """Validate without a database."""
    site = read(path)
    click.echo(f"{path}: {site.summary()}; no errors.")
    if site.asset or site.stream:
        click.echo("\n".join(figure_report(site_roles(site))))


@command.command("load", help="Load the site file(s) at PATH; safe to repeat, history is kept.")
@_folder
@database_url
def load_command(path: Path, database_url: str) -> None:
    """Bring the database's description of the plant to what the file says."""
    click.echo(str(load(database_url, read(path), now=datetime.now(UTC))))
