"""`virtaama up`."""

from pathlib import Path

import click

from deploy.local.dashboard import PORT_PREFERRED
from deploy.up.plan import MQTT_PORT, MQTT_TLS_PORT, UpPlan
from deploy.up.run import run


@click.command(
    help="Run the plant of the site file in FOLDER on this machine, with its own database and "
    "broker; Ctrl-C stops it."
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=PORT_PREFERRED,
    show_default=True,
    help="Of the dashboard.",
)
@click.option(
    "--mqtt-port",
    type=click.IntRange(1, 65535),
    help=f"Of the broker; {MQTT_PORT}, or {MQTT_TLS_PORT} with --mqtt-host.",
)
@click.option(
    "--mqtt-host",
    metavar="NAME",
    help="Let others in the network publish, over TLS, to this name or address of the machine.",
)
@click.option(
    "--login",
    default="admin",
    show_default=True,
    callback=lambda _context, _option, value: value.strip().lower(),
    help="Of the first account, an administrator's.",
)
def command(
    folder: Path, port: int, mqtt_port: int | None, mqtt_host: str | None, login: str
) -> None:
    """Run the plant until interrupted."""
    usual = MQTT_PORT if mqtt_host is None else MQTT_TLS_PORT
    run(UpPlan(folder.absolute(), port, mqtt_port or usual, login, mqtt_host))
