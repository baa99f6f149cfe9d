"""`virtaama account …`: the accounts of people."""

from typing import Any

import click

from dashboard.auth.oidc_issuer import check_issuer
from dashboard.auth.roles import ACCOUNT_ROLES
from dashboard.auth.totp_keys import TotpKeys, new_key
from dashboard.auth.totp_settings import TotpSettings
from dashboard.settings import DashboardSettings
from deploy import accounts
from deploy.cli.environment import read_settings
from deploy.cli.options import checked, database_url
from deploy.cli.site_options import all_sites, given_and_taken, site, site_changes
from deploy.site_rights import Holder, Sites, change
from schemas.visible_text import visible

_login = click.argument("login", callback=lambda _context, _option, value: value.strip().lower())


@click.group(help="Add, list and disable the accounts of people.")
def command() -> None:
    """Group of the account commands."""


@command.command(help="Make an account; prints its first password, once.")
@_login
@click.option("--name", required=True, help="As others see it.")
@click.option("--role", required=True, type=click.Choice(ACCOUNT_ROLES), help="What it may see.")
@click.option("--company", metavar="KEY", help="For a company member: its key in the site file.")
@site
@all_sites
@database_url
def add(
    login: str,
    name: str,
    role: str,
    company: str | None,
    site: tuple[str, ...],
    all_sites: bool,
    database_url: str,
) -> None:
    """Add an account."""
    new = accounts.NewAccount(login, name, role, company, Sites(site, all_sites))
    _show_password(login, accounts.add_account(database_url, new))


@command.command("list", help="List all accounts.")
@database_url
def list_command(database_url: str) -> None:
    """Print one line for each account."""
    for line in accounts.accounts(database_url):
        seen = "never" if line.last_seen is None else f"{line.last_seen:%Y-%m-%d %H:%M}"
        more = f"{'totp' if line.second_factor else '':5} {'oidc' if line.linked else '':5}"
        click.echo(
            f"{line.login:32} {line.role:15} {line.company:15} {line.state:15} {more} "
            f"{seen:17} {line.sites:20} {visible(line.name, kept='')}"
        )


@command.command("sites", help="Give an account sites and take them; open pages follow at once.")
@_login
@site_changes
@database_url
def sites_command(login: str, database_url: str, **changed: Any) -> None:
    """Change for which sites an account is."""
    now = change(database_url, Holder.ACCOUNT, login, **given_and_taken(**changed))
    click.echo(f"{login} is for {now or 'no site'}.")


@command.command(help="Close an account; its open pages go dark at once.")
@_login
@database_url
def disable(login: str, database_url: str) -> None:
    """Disable an account."""
    accounts.disable(database_url, login)
    click.echo(f"{login} is disabled; `virtaama account reset-password {login}` opens it again.")


@command.command("reset-password", help="Give a new first password and unlock; prints it, once.")
@_login
@database_url
def reset_password(login: str, database_url: str) -> None:
    """Reset a password."""
    _show_password(login, accounts.reset_password(database_url, login))


@command.command(help="Give an account a second factor; prints what an authenticator reads, once.")
@_login
@click.option("--remove", is_flag=True, help="Take the second factor away instead.")
@database_url
def totp(login: str, remove: bool, database_url: str) -> None:
    """Enrol or remove a second factor."""
    if remove:
        accounts.remove_totp(database_url, login)
        click.echo(f"{login} has no second factor.")
    else:
        click.echo(accounts.enrol_totp(database_url, login, _totp_keys()))


@command.command(
    "new-totp-key", help="Print a new key for VIRTAAMA_DASHBOARD_TOTP_KEYS; it is kept nowhere."
)
def new_totp_key() -> None:
    """Print a key."""
    click.echo(new_key())


@command.command(
    "encrypt-totp",
    help="Encrypt all second factors with the first key of VIRTAAMA_DASHBOARD_TOTP_KEYS.",
)
@database_url
def encrypt_totp(database_url: str) -> None:
    """Encrypt what is plain or was encrypted with an older key; exit with 1 if some stay as is."""
    done = accounts.encrypt_totp(database_url, _totp_keys())
    click.echo(f"{done.renewed} second factors are encrypted with the first key.")
    if done.unreadable:
        raise click.ClickException(
            f"None of the keys reads those of {', '.join(done.unreadable)}; put the key back, or "
            "take the factors away: `virtaama account totp LOGIN --remove`."
        )


@command.command("link-oidc", help="Say who an account is to the OpenID Connect provider.")
@_login
@click.argument("subject", required=False)
@click.option(
    "--issuer",
    envvar="VIRTAAMA_DASHBOARD_OIDC_ISSUER",
    callback=checked(check_issuer),
    show_envvar=True,
    metavar="URL",
    help="The provider, as it calls itself.",
)
@click.option("--remove", is_flag=True, help="Take the link away instead.")
@database_url
def link_oidc(
    login: str, subject: str | None, issuer: str | None, remove: bool, database_url: str
) -> None:
    """Link an account to a subject, or unlink it."""
    if remove:
        accounts.unlink_oidc(database_url, login)
        click.echo(f"{login} is not linked.")
    elif subject is None or issuer is None:
        raise click.UsageError(
            "Give the SUBJECT and --issuer (or VIRTAAMA_DASHBOARD_OIDC_ISSUER), or --remove."
        )
    else:
        accounts.link_oidc(database_url, login, issuer, subject)
        click.echo(f"{login} is {subject} of {issuer}.")


def _totp_keys() -> TotpKeys:
    return read_settings(TotpSettings, part_of=DashboardSettings).totp_keys


def _show_password(login: str, password: str) -> None:
    click.echo(f"{login}: first password  {password}")
    click.echo("It is shown this once, and must be changed at the first sign-in.")
