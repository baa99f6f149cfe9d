"""`virtaama replay`."""

import click

from deploy.cli.options import checked, mqtt_url
from deploy.cli.replay_options import show_option, speed_option
from deploy.demo import replayer
from deploy.demo.catalogue import RECORDINGS
from deploy.demo.recording import read
from deploy.demo.show import Show
from schemas.database_url import check_database_url


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        for name, description in replayer.catalogue().items():
            click.echo(f"{name:14}{description}")
        context.exit()


def _report(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        for spec in RECORDINGS.values():
            click.echo(str(read(spec).report))
        context.exit()


@click.command(
    help="Publish recorded measurements and a plant model over MQTT until stopped.\n\n"
    "A broker that is not there is waited for. The last line says what was published."
)
@mqtt_url
@speed_option
@show_option
@click.option("--duration-s", type=click.FloatRange(0, min_open=True), help="Stop after this.")
@click.option(
    "--only",
    type=click.Choice(list(replayer.catalogue())),
    multiple=True,
    metavar="NAME",
    help="Nothing but this; repeatable, see --list.",
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="List what can be replayed, and stop.",
)
@click.option(
    "--report",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_report,
    help="Tell what is odd in the recordings: clock changes, gaps, missing cells; and stop.",
)
@click.option(
    "--database-url",
    envvar="VIRTAAMA_DATABASE_URL",
    callback=checked(check_database_url),
    show_envvar=True,
    metavar="URL",
    help="Let the model's counters go on from what is stored there, not fall back.",
)
def command(
    mqtt_url: str,
    speed: float,
    show: tuple[str, ...],
    duration_s: float | None,
    only: tuple[str, ...],
    database_url: str | None,
) -> None:
    """Replay, and say at the end what was published."""
    names = only or tuple(replayer.catalogue())
    plan = replayer.ReplayPlan(names, speed, [Show(name) for name in show], duration_s)
    summary = replayer.run(mqtt_url, plan, dsn=database_url)
    click.echo(str(summary))
