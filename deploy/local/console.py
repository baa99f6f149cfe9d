"""What an installation that runs in a terminal says, and how it is interrupted."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


def say(sentence: str) -> None:
    """Print a line."""
    click.echo(sentence)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    click.echo(f"   {what} … ", nl=False)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        click.echo()
        raise
    click.echo(f"{time.monotonic() - began:.1f} s")


@contextmanager
def until_interrupted(farewell: str) -> Iterator[None]:
    """Let SIGINT and SIGTERM end what is inside, in order, with a last sentence."""
    # A shell that starts it in the background has SIGINT ignored; a stop is a stop there too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        say(farewell)
