"""`virtaama quarantine list|show|replay|purge`."""

import shutil
import sys

import click

from deploy.cli.environment import read_settings
from deploy.cli.options import database_url
from deploy.operations.quarantine_text import story, table
from ingest.database.quarantine_queries import purge, show, waiting
from ingest.decoding.rejection import Reason
from ingest.limit_settings import LimitSettings
from ingest.pipeline.quarantine_replay import replay
from ingest.settings import IngestSettings

LIST_LIMIT_ROWS_DEFAULT = 50
WIDTH_WITHOUT_TERMINAL_CHARS = 200

_reason = click.option(
    "--reason",
    type=click.Choice([reason.value for reason in Reason]),
    metavar="REASON",
    help="Only those of this reason; docs/mqtt.md lists them.",
)


@click.group(help="List, show, replay and purge messages that could not be stored.")
def command() -> None:
    """Group of the quarantine commands."""


@command.command("list", help="List what waits, the last seen first: a line for each reason.")
@database_url
@_reason
@click.option(
    "--limit-rows",
    type=click.IntRange(1, 1_000_000),
    default=LIST_LIMIT_ROWS_DEFAULT,
    show_default=True,
    help="Show no more than these.",
)
def list_command(database_url: str, reason: str | None, limit_rows: int) -> None:
    """Print a table."""
    # One more than is shown tells whether there are more.
    found = waiting(database_url, reason=_chosen(reason), limit_rows=limit_rows + 1)
    if not found:
        click.echo("Nothing waits.")
        return
    width = shutil.get_terminal_size((WIDTH_WITHOUT_TERMINAL_CHARS, 0)).columns
    for line in table(found[:limit_rows], width):
        click.echo(line)
    if len(found) > limit_rows:
        click.echo(f"There are more than these {limit_rows}; see --limit-rows and --reason.")


@command.command("show", help="Show one message: reason, times, count, topic and its bytes.")
@click.argument("quarantine_id", type=click.IntRange(1), metavar="ID")
@database_url
@click.option("--raw", is_flag=True, help="Write the payload as it came, and nothing else.")
def show_command(quarantine_id: int, database_url: str, raw: bool) -> None:
    """Print one message, or only its bytes."""
    found = show(database_url, quarantine_id)
    if raw:
        sys.stdout.buffer.write(found.payload)
        return
    for line in story(found):
        click.echo(line)


@command.command(
    "replay",
    help="Try again with the site as it is described today: everything that waits, those with "
    "these IDs, or those of a reason. What still cannot be stored waits on.",
)
@click.argument("ids", type=click.IntRange(1), nargs=-1, metavar="[ID]...")
@database_url
@_reason
def replay_command(ids: tuple[int, ...], database_url: str, reason: str | None) -> None:
    """Replay, and print what became of it."""
    if ids and reason:
        raise click.UsageError("Give IDs or a --reason, not both.")
    limits = read_settings(LimitSettings, part_of=IngestSettings).limits
    for each in ids:
        show(database_url, each)  # raises for one that does not exist, before anything is done
    result = replay(database_url, ids=ids or None, reason=_chosen(reason), limits=limits)
    click.echo(str(result))


@command.command(
    "purge",
    help="Delete for good what waits or was replayed, to make room: all that fits every option.",
)
@database_url
@_reason
@click.option(
    "--older-than-days",
    type=click.IntRange(0, 36_500),
    metavar="DAYS",
    help="Only what was last seen longer ago than this.",
)
@click.option("--sender", metavar="NAME", help="Only of this line or mapping, or `other`.")
@click.option("--replayed", is_flag=True, help="Only what was replayed since.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge_command(
    database_url: str,
    reason: str | None,
    older_than_days: int | None,
    sender: str | None,
    replayed: bool,
    yes: bool,
) -> None:
    """Ask, delete, and print how many."""
    if not yes:
        click.confirm("These messages can then not be replayed any more. Delete them?", abort=True)
    gone = purge(
        database_url,
        older_than_days=older_than_days,
        reason=_chosen(reason),
        sender=sender,
        only_replayed=replayed,
    )
    click.echo(f"{gone} deleted.")


def _chosen(reason: str | None) -> Reason | None:
    return None if reason is None else Reason(reason)
