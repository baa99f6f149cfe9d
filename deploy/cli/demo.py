"""`virtaama demo`."""

from pathlib import Path

import click

from deploy.cli.options import checked
from deploy.cli.replay_options import show_option, speed_option
from deploy.demo.run import DemoPlan, run
from deploy.demo.show import Show
from ingest.broker_url import parse_broker_url
from schemas.database_url import check_database_url


@click.command(help="Start a whole demonstration plant on this machine; Ctrl-C stops it.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".virtaama"),
    show_default=True,
    help="Where database, broker and logs live.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Of the dashboard; 8050 or a free one.")
@speed_option
@show_option
@click.option(
    "--history-days", type=click.IntRange(0, 400), default=35, show_default=True, help="To load."
)
@click.option(
    "--database-url",
    envvar="VIRTAAMA_DATABASE_URL",
    callback=checked(check_database_url),
    show_envvar=True,
    metavar="URL",
    help="Use this database and start none.",
)
@click.option(
    "--mqtt-url",
    envvar="VIRTAAMA_MQTT_URL",
    callback=checked(parse_broker_url),
    show_envvar=True,
    metavar="URL",
    help="Use this broker and start none.",
)
def command(
    folder: Path,
    port: int | None,
    speed: float,
    show: tuple[str, ...],
    history_days: int,
    database_url: str | None,
    mqtt_url: str | None,
) -> None:
    """Run the demonstration until interrupted."""
    run(
        DemoPlan(
            folder=folder.absolute(),
            speed=speed,
            shows=[Show(name) for name in show],
            history_days=history_days,
            dashboard_port=port,
            database_url=database_url,
            mqtt_url=mqtt_url,
        )
    )
