"""`virtaama device-token add|list|revoke`."""

import click

from dashboard.auth.roles import DEVICE_ROLES
from deploy import accounts
from deploy.cli.options import database_url
from schemas.visible_text import visible


@click.group(help="Let a wall screen in, and out again.")
def command() -> None:
    """Group of the device commands."""


@command.command(help="Make a token for a screen; prints it, once.")
@click.argument("name")
@click.option(
    "--role",
    required=True,
    type=click.Choice(DEVICE_ROLES),
    help="What it shows: control_room all points, lobby those of main lines.",
)
@click.option(
    "--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="Validity."
)
@database_url
def add(name: str, role: str, days: int, database_url: str) -> None:
    """Add a device token."""
    token = accounts.add_device(database_url, name, role, days)
    click.echo(f"{name}: token  {token}")
    click.echo(f"It is shown this once, and is valid for {days} days.")


@command.command("list", help="List all device tokens.")
@database_url
def list_command(database_url: str) -> None:
    """Print one line for each device."""
    for line in accounts.devices(database_url):
        click.echo(f"{visible(line.name, kept=''):32} {line.role:15} {line.state:8} {line.expires}")


@command.command(help="End the token of a screen, at once.")
@click.argument("name")
@database_url
def revoke(name: str, database_url: str) -> None:
    """Revoke a device token."""
    accounts.revoke_device(database_url, name)
    click.echo(f"{name} is out.")
