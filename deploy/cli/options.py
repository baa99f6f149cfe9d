"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

from ingest import broker_url
from ingest.broker_url import parse_broker_url
from schemas import database_url as database
from schemas.database_url import check_database_url

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def checked(check: Callable[[str], object]) -> Callable[..., str | None]:
    """Return a callback that lets a text pass, or tells what `check` raises."""

    def callback(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
        try:
            if text is not None:
                check(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        return text

    return callback


database_url: Decorator = click.option(
    "--database-url",
    envvar="VIRTAAMA_DATABASE_URL",
    callback=checked(check_database_url),
    required=True,
    show_envvar=True,
    metavar="URL",
    help=database.EXAMPLE,
)

mqtt_url: Decorator = click.option(
    "--mqtt-url",
    envvar="VIRTAAMA_MQTT_URL",
    callback=checked(parse_broker_url),
    required=True,
    show_envvar=True,
    metavar="URL",
    help=broker_url.EXAMPLE,
)
