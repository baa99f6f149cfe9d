"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

database_url: Decorator = click.option(
    "--database-url",
    envvar="VIRTAAMA_DATABASE_URL",
    required=True,
    show_envvar=True,
    metavar="URL",
    help="postgresql://user:password@host:port/database",
)

mqtt_url: Decorator = click.option(
    "--mqtt-url",
    envvar="VIRTAAMA_MQTT_URL",
    required=True,
    show_envvar=True,
    metavar="URL",
    help="mqtt://user:password@host:port",
)
