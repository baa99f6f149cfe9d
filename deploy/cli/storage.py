"""`virtaama storage show|set|apply`."""

from datetime import UTC, datetime
from typing import Any

import click

from deploy.cli.options import database_url
from deploy.operations import storage
from deploy.operations.storage_text import (
    day_text,
    going_text,
    held_lines,
    storage_lines,
)
from schemas.columnstore import has_columnstore
from schemas.connection import connect

KEEP_MAX_DAYS = 36_500


class _DaysOr(click.ParamType[int | str]):
    """A whole number of days, or the word that means none."""

    name = "days"

    def __init__(self, word: str, smallest: int) -> None:
        self.word = word
        self._days = click.IntRange(smallest, KEEP_MAX_DAYS)

    def convert(self, value: Any, param: Any, ctx: Any) -> int | str:
        return self.word if value == self.word else int(self._days.convert(value, param, ctx))


@click.group(help="Choose how long readings and rollups are kept, and drop what is older.")
def command() -> None:
    """Group of the storage commands."""


@command.command("show", help="Show sizes, the oldest data, the settings, and what would go.")
@database_url
def show_command(database_url: str) -> None:
    """Print a table."""
    now = datetime.now(UTC)
    with connect(database_url) as connection:
        stored = storage.read_storage(connection, now)
        sizes = {each.name: storage.chunk_sizes(connection, each.name) for each in stored.classes}
        days = storage.days(connection)
        community = has_columnstore(connection)
    for line in storage_lines(stored, sizes, days, now, has_columnstore=community):
        click.echo(line)


@command.command(
    "set",
    help="Choose for CLASS (reading, rollup_5m or rollup_1h) how long it is kept and when the "
    "columnstore takes it. Days are kept for good. Dropping is left to `virtaama storage apply`.",
)
@click.argument("name", type=click.Choice(storage.CLASSES), metavar="CLASS")
@database_url
@click.option(
    "--keep-days",
    type=_DaysOr("all", 1),
    metavar="DAYS",
    help="Drop what is older, or keep `all`.",
)
@click.option(
    "--columnstore-after-days",
    type=_DaysOr("never", 0),
    metavar="DAYS",
    help="Compress what is older, or `never`; only the community edition has a columnstore.",
)
def set_command(
    name: str,
    database_url: str,
    keep_days: int | str | None,
    columnstore_after_days: int | str | None,
) -> None:
    """Set, and print what follows from it."""
    if keep_days is None and columnstore_after_days is None:
        raise click.UsageError("Give --keep-days, --columnstore-after-days or both.")
    if keep_days is not None:
        days = keep_days if isinstance(keep_days, int) else None
        storage.set_keep_days(database_url, name, days)
        for line in _kept_lines(database_url, name, days):
            click.echo(line)
    if columnstore_after_days is not None:
        after = columnstore_after_days if isinstance(columnstore_after_days, int) else None
        is_there = storage.set_columnstore_after_days(database_url, name, after)
        when = "never" if after is None else f"{after} days after the end of a chunk"
        click.echo(f"{name}: the columnstore takes it {when}.")
        if not is_there:
            click.echo(
                "This edition of TimescaleDB has no columnstore; it counts for one that has."
            )


@command.command(
    "apply",
    help="Drop what is older than it is kept. Nothing is dropped while everything is kept. "
    "Meant for a daily timer; safe to repeat and to interrupt.",
)
@database_url
def apply_command(database_url: str) -> None:
    """Drop, and print what was dropped."""
    now = datetime.now(UTC)
    dropped: list[storage.Dropped] = []

    def tell(step: storage.Dropped) -> None:
        dropped.append(step)
        click.echo(f"{step.name}: dropped {step.chunks} chunks before {day_text(step.before)}.")

    storage.apply(database_url, now, tell)
    if not dropped:
        click.echo("Nothing is older than it is kept.")
    with connect(database_url) as connection:
        for line in held_lines(storage.read_storage(connection, now), now):
            click.echo(line)


def _kept_lines(dsn: str, name: str, days: int | None) -> list[str]:
    now = datetime.now(UTC)
    with connect(dsn) as connection:
        stored = storage.read_storage(connection, now)
        going = going_text(stored.going(now)[name], storage.chunk_sizes(connection, name))
    kept = f"{name}: {storage.kept_text(days)} " + ("is kept." if days is None else "are kept.")
    return [kept, f"`virtaama storage apply` would drop {going} now.", *held_lines(stored, now)]
