"""`virtaama replay`."""

import click

from deploy.cli.options import mqtt_url
from deploy.demo import replayer


@click.command(help="Publish recorded measurements and a plant model over MQTT until stopped.")
@mqtt_url
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Recorded seconds that pass in a second.",
)
@click.option("--duration-s", type=click.FloatRange(min=0, min_open=True), help="Stop after this.")
@click.option("--only", multiple=True, metavar="NAME", help="Repeatable; see --list.")
@click.option("--list", "list_names", is_flag=True, help="List what can be replayed, and stop.")
def command(
    mqtt_url: str,
    speed: float,
    duration_s: float | None,
    only: tuple[str, ...],
    list_names: bool,
) -> None:
    """Replay, and say at the end what was published."""
    if list_names:
        for name, description in replayer.catalogue().items():
            click.echo(f"{name:14}{description}")
        return
    unknown = set(only) - set(replayer.catalogue())
    if unknown:
        raise click.UsageError(f"No such source: {', '.join(sorted(unknown))}; see --list.")
    names = only or tuple(replayer.catalogue())
    click.echo(str(replayer.run(mqtt_url, speed=speed, names=names, duration_s=duration_s)))
