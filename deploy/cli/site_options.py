"""Options that say for which sites somebody is."""

from collections.abc import Callable
from typing import Any

import click

from deploy.site_rights import Sites

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

site: Decorator = click.option(
    "--site",
    multiple=True,
    metavar="KEY",
    help="A site that it is for; may be repeated. Without: the only one of the database.",
)
all_sites: Decorator = click.option(
    "--all-sites", is_flag=True, help="For all sites, also those that are loaded later."
)

_CHANGES: tuple[Decorator, ...] = (
    click.option("--give", multiple=True, metavar="KEY", help="A site to give; may be repeated."),
    click.option("--take", multiple=True, metavar="KEY", help="A site to take; may be repeated."),
    click.option("--give-all", is_flag=True, help="All sites, also those that are loaded later."),
    click.option("--take-all", is_flag=True, help="Leave those that are named, if any."),
)


def site_changes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that give and take sites."""
    for option in reversed(_CHANGES):
        command = option(command)
    return command


def given_and_taken(
    give: tuple[str, ...], take: tuple[str, ...], *, give_all: bool, take_all: bool
) -> dict[str, Sites]:
    """Return what the options give and take."""
    return {"given": Sites(give, give_all), "taken": Sites(take, take_all)}
