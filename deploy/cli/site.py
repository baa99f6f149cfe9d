"""`virtaama site new|check|load|suggest`."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.cli.options import checked, database_url
from deploy.onboarding import find_unknown
from deploy.onboarding.columns import FIELDS, NAME
from deploy.onboarding.new_site import NewSite, WrittenSite, make_site
from deploy.onboarding.words import words
from schemas.catalogue.figure_report import figure_report
from schemas.site.load import load
from schemas.site.reader import read, survey
from schemas.site.roles import site_roles
from schemas.site.value_rules import check_ucum, check_zone

SHOWN_LIMIT_LINES = 20

_folder = click.argument("path", type=click.Path(exists=True, path_type=Path))


@click.group(help="Make, check and load a site file.")
def command() -> None:
    """Group of the site commands."""


@command.command(
    help="Read the site file(s) at PATH, report every error at once, and what key figures need."
)
@_folder
def check(path: Path) -> None:
    """Validate without a database."""
    site, remarks = survey(path)
    click.echo("".join(f"{remark}\n" for remark in remarks), nl=False)
    click.echo(f"{path}: {site.summary()}; no errors.")
    if site.asset or site.stream:
        own = [table.key_figure() for table in site.key_figure]
        click.echo("\n".join(figure_report(site_roles(site), own)))


@command.command("load", help="Load the site file(s) at PATH; safe to repeat, history is kept.")
@_folder
@database_url
def load_command(path: Path, database_url: str) -> None:
    """Bring the database's description of the plant to what the file says."""
    click.echo(str(load(database_url, read(path), now=datetime.now(UTC))))


@command.command(
    "new",
    help="Make a site file from TAGLIST, a table of tags as XLSX or CSV: with units and kinds "
    "proposed, each guess marked, and a list of what is left to fill in.",
)
@click.argument("taglist", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder to make.",
)
@click.option("--key", metavar="KEY", help="Of the site, in its topics; made of the folder's name.")
@click.option("--name", help="Of the plant; made of the folder's name.")
@click.option(
    "--zone",
    callback=checked(check_zone),
    metavar="ZONE",
    help="Of the plant's clocks, such as Europe/Helsinki; this machine's.",
)
@click.option(
    "--interval-s",
    type=click.FloatRange(0, min_open=True),
    help="Seconds between two values, of all points for which the list does not say it.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    callback=lambda _context, _option, given: _columns(given),
    help=f"Which column holds a field that was not recognised: {', '.join(FIELDS)}, or name and a "
    f"language: {', '.join(NAME + language for language in words()['name'])}; may be repeated.",
)
def new(
    taglist: Path,
    out: Path,
    key: str | None,
    name: str | None,
    zone: str | None,
    interval_s: float | None,
    columns: Mapping[str, str],
) -> None:
    """Write the folder and tell what is left."""
    ask = _ask_unit if sys.stdin.isatty() else _leave_open
    made = make_site(NewSite(taglist, out, key, name, zone, interval_s, columns), ask)
    _tell(made, out)


def _tell(made: WrittenSite, folder: Path) -> None:
    click.echo(f"{folder}: {made.points} points; {made.guesses} guesses are marked in the files.")
    _list("read as (`--column FIELD=HEADING` says otherwise):", made.read_as)
    _list("left out:", made.left_out)
    if made.problems:
        _list(f"to fill in, then `virtaama site check {folder}`:", made.problems)
    else:
        click.echo(f"no errors. Try it with `virtaama up {folder}`.")


def _list(heading: str, lines: list[str]) -> None:
    if not lines:
        return
    click.echo(heading)
    for line in lines[:SHOWN_LIMIT_LINES]:
        click.echo(f"  {line}")
    if len(lines) > SHOWN_LIMIT_LINES:
        click.echo(f"  … and {len(lines) - SHOWN_LIMIT_LINES} more")


def _ask_unit(text: str, count: int) -> str | None:
    """Ask until the answer is a UCUM unit, or nothing."""
    times = "once" if count == 1 else f"{count} times"
    while True:
        answer: str = click.prompt(
            f'"{text}" stands there {times}. Which UCUM unit is it (nothing: decide later)',
            default="",
            show_default=False,
        ).strip()
        try:
            return check_ucum(answer) if answer else None
        except ValueError as error:
            click.echo(str(error))


def _leave_open(_text: str, _count: int) -> None:
    return None


def _columns(given: tuple[str, ...]) -> dict[str, str]:
    found = dict(text.partition("=")[::2] for text in given)
    known = {*FIELDS, *(f"{NAME}{language}" for language in words()["name"])}
    for field, heading in found.items():
        if field not in known or not heading:
            raise click.BadParameter(f'"{field}" is no field, or has no =HEADING')
    return found


@command.command(
    help="Offer what arrived and is in no site file as text for one, with what was seen of it."
)
@click.option("--site", metavar="KEY", help="Of this site; needed if there are several.")
@database_url
def suggest(site: str | None, database_url: str) -> None:
    """Print a part of a site file."""
    lines = find_unknown.suggest(database_url, site)
    if not lines:
        click.echo("# Nothing that arrived is unknown.")
        return
    heading = (
        "# What arrived and is in no site file. Put it into a *.toml file of the site's",
        "# folder, fill in what is marked, then: site check, site load, quarantine replay.",
    )
    text = "".join(f"{line}\n" for line in (*heading, *lines))
    # A file of TOML is UTF-8, whatever the terminal is.
    click.echo(text if sys.stdout.isatty() else text.encode(), nl=False)
