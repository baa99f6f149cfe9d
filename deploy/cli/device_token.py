"""`virtaama device-token add|list|revoke`."""

from typing import Any

import click

from dashboard.auth.roles import DEVICE_ROLES
from deploy import accounts
from deploy.cli.options import database_url
from deploy.cli.site_options import all_sites, given_and_taken, site, site_changes
from deploy.site_rights import Holder, Sites, change
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
@site
@all_sites
@database_url
def add(
    name: str, role: str, days: int, site: tuple[str, ...], all_sites: bool, database_url: str
) -> None:
    """Add a device token."""
    token = accounts.add_device(database_url, name, role, days, Sites(site, all_sites))
    click.echo(f"{name}: token  {token}")
    click.echo(f"It is shown this once, and is valid for {days} days. Open it on the screen, once:")
    click.echo(f"https://<your dashboard>/screen?token={token}")


@command.command("list", help="List all device tokens.")
@database_url
def list_command(database_url: str) -> None:
    """Print one line for each device."""
    for line in accounts.devices(database_url):
        who = f"{visible(line.name, kept=''):32} {line.role:15}"
        click.echo(f"{who} {line.state:8} {line.expires:10} {line.sites}")


@command.command("sites", help="Give a screen sites and take them; its page follows at once.")
@click.argument("name")
@site_changes
@database_url
def sites_command(name: str, database_url: str, **changed: Any) -> None:
    """Change for which sites a screen is."""
    now = change(database_url, Holder.DEVICE, name, **given_and_taken(**changed))
    click.echo(f"{name} is for {now or 'no site'}.")


@command.command(help="End the token of a screen, at once.")
@click.argument("name")
@database_url
def revoke(name: str, database_url: str) -> None:
    """Revoke a device token."""
    accounts.revoke_device(database_url, name)
    click.echo(f"{name} is out.")
