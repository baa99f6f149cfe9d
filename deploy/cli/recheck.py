"""`virtaama recheck`."""

import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from deploy.cli.options import database_url
from deploy.operations.recheck_points import chosen_points, moment_of
from deploy.operations.recheck_text import progress_text, tally_lines
from ingest.recheck.command import (
    NamedPoint,
    Progress,
    Wanted,
    ask,
    carry_out,
    named_points,
    preview,
    unfinished,
)
from schemas.visible_text import visible


@click.command(
    help="Judge stored readings anew, by the rules of now: all, or those of POINTs (LINE/KEY, "
    "patterns such as main/* too). Says what would change; with --apply changes it. "
    "Values are never changed."
)
@click.argument("points", nargs=-1, metavar="[POINT]...")
@database_url
@click.option("--site", metavar="KEY", help="Of this site; needed if there are several.")
@click.option(
    "--from",
    "since",
    metavar="TIME",
    help="From this moment on, ISO 8601; the begin of a date. Without a zone in the site's own.",
)
@click.option("--to", "until", metavar="TIME", help="Until this moment; without: until now.")
@click.option("--apply", is_flag=True, help="Change it, and keep who did so and why.")
@click.option("--reason", metavar="TEXT", help="Why; needed with --apply.")
@click.option(
    "--by",
    "who",
    default=getpass.getuser,
    metavar="NAME",
    help="Who asks; otherwise the user of this machine.",
)
@click.option("--resume", is_flag=True, help="Carry out what is not done yet, and stop.")
def command(
    points: tuple[str, ...],
    database_url: str,
    site: str | None,
    since: str | None,
    until: str | None,
    *,
    apply: bool,
    reason: str | None,
    who: str,
    resume: bool,
) -> None:
    """Preview, or carry out, and tell what came of it."""
    if resume:
        _resume(database_url)
        return
    if since is None:
        raise click.UsageError("Say from when on: --from.")
    if apply and not (reason or "").strip():
        raise click.UsageError("Say why: --reason.")
    chosen = chosen_points(named_points(database_url), site, points)
    wanted = _wanted(chosen, since, until)
    zone = ZoneInfo(chosen[0].time_zone)
    since_there, until_there = (
        moment.astimezone(zone).isoformat(" ", "seconds") for moment in (wanted.since, wanted.until)
    )
    click.echo(f"{len(chosen)} points from {since_there} to {until_there}")
    if apply and reason:
        _carry_out(database_url, ask(database_url, wanted, who=who, why=reason.strip()))
        return
    names = {point.point_id: point.path for point in chosen}
    for line in tally_lines(preview(database_url, wanted), names):
        click.echo(line)


def _wanted(chosen: Sequence[NamedPoint], since: str, until: str | None) -> Wanted:
    zone = chosen[0].time_zone
    try:
        begins = moment_of(since, zone)
        ends = datetime.now(UTC) if until is None else moment_of(until, zone)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if begins > ends:
        raise click.UsageError("--from lies after --to, or in the future.")
    return Wanted([point.point_id for point in chosen], begins, ends)


def _carry_out(dsn: str, recheck_id: UUID) -> None:
    """Work until it is done; at a terminal a line tells how far."""
    is_terminal = sys.stderr.isatty()

    def tell(progress: Progress) -> None:
        if is_terminal:
            click.echo(f"\r{progress_text(progress)}\x1b[K", err=True, nl=False)

    done = carry_out(dsn, recheck_id, tell)
    if is_terminal:
        click.echo(err=True)
    click.echo(
        f"{done.looked_at} readings were looked at, {done.changed} are judged otherwise now."
    )


def _resume(dsn: str) -> None:
    """Carry out what was asked for, in the order in which it was."""
    waiting = unfinished(dsn)
    if not waiting:
        click.echo("Nothing is unfinished.")
    for each in waiting:
        click.echo(f"asked for by {visible(each.asked_by)}: {visible(each.reason)}")
        _carry_out(dsn, each.recheck_id)
