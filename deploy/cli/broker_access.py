"""`virtaama broker-access`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.broker_access.folder import PASSWORDS, Wanted, write_folder
from deploy.broker_access.reader import reader
from deploy.broker_access.topic_rules import further_ingest
from schemas.site.reader import read


@click.command(help="Write Mosquitto's passwords and topic rules for the sites at PATHS, one each.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder to write.",
)
@click.option(
    "--tls-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Also make a local authority and a certificate for this name or address; may be repeated.",
)
@click.option("--renew", multiple=True, metavar="ACCOUNT", help="Give this account a new password.")
@click.option(
    "--partitions",
    type=click.IntRange(1, 100),
    default=1,
    metavar="N",
    help="As many ingest processes share the broker; those after the first are ingest-2 and so on.",
)
@click.option(
    "--broker-user",
    metavar="NAME",
    help="The account that the broker runs as; the files become its own. Needed when root runs "
    "this and the account is not mosquitto.",
)
def command(
    paths: tuple[Path, ...],
    out: Path,
    hosts: tuple[str, ...],
    renew: tuple[str, ...],
    partitions: int,
    broker_user: str | None,
) -> None:
    """Write the folder and print new passwords, once."""
    broker = reader(broker_user, out / PASSWORDS)
    site, *others = (read(path) for path in paths)
    further = further_ingest([site, *others], partitions)
    wanted = Wanted(site, datetime.now(UTC), hosts, renew, further, broker, others)
    written = write_folder(out, wanted)
    for rules in written.rules:
        password = written.fresh.get(rules.account)
        shown = f"password  {password}" if password else "keeps its password"
        if rules.password_of:
            shown = f"has the password of {rules.password_of}"
        click.echo(
            f"{rules.account:24} {len(rules.writes):4} topics to publish, "
            f"{len(rules.reads):3} to read; {shown}"
        )
    click.echo(f"The broker reads the files as {broker.name}.")
    if written.fresh:
        click.echo("Passwords are shown this once. Let the broker reload its files: kill -HUP.")
