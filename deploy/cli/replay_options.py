"""Options of the commands that play a plant."""

import click

from deploy.cli.options import Decorator
from deploy.demo.replayer import SPEED_DEFAULT, SPEED_MAX
from deploy.demo.show import Show

speed_option: Decorator = click.option(
    "--speed",
    type=click.FloatRange(0, SPEED_MAX, min_open=True),
    default=SPEED_DEFAULT,
    show_default=True,
    help="Recorded seconds that pass in a second; 1 is as a plant runs.",
)

show_option: Decorator = click.option(
    "--show",
    type=click.Choice([show.value for show in Show]),
    multiple=True,
    metavar="NAME",
    help="Let it happen, which it otherwise does not: `faults` of sensors, a `storm`; repeatable.",
)
