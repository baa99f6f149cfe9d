"""`virtaama notify`."""

import signal
from pathlib import Path

import click

from dashboard.notification.hand_over import Ways
from dashboard.notification.plan_file import read_plan
from dashboard.notification.push_contact import NOBODY, contact_of
from dashboard.notification.push_keys import new_private, read_push_key
from dashboard.notification.push_sender import PushSender
from dashboard.notification.service import Notifier
from dashboard.notification.settings import NotificationSettings
from deploy.cli.environment import read_settings
from deploy.local.secret_file import write_private

NO_CONTACT = (
    "contact: the push service of iPhones, iPads and Safari refuses a site whose contact nobody "
    'can look up. Name one: contact = "mailto:automation@example.fi", or an https address.'
)


@click.command(help="Call people to alarms until stopped.")
@click.option(
    "--new-push-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Only write a new key for browsers to a new file, and print its public half.",
)
@click.option("--check", is_flag=True, help="Only read the file; a sentence says what is wrong.")
def command(new_push_key: Path | None, check: bool) -> None:
    """Run the notifier; its settings come from the environment."""
    if new_push_key is not None:
        _write_key(new_push_key)
        return
    settings = read_settings(NotificationSettings)
    file, key_file = settings.notification_file, settings.push_key_file
    plan = read_plan(file, tells_browsers=key_file is not None)
    push = None
    if key_file is not None:
        contact = contact_of(plan)
        if contact is None:
            click.echo(f"{file}: {NO_CONTACT}", err=True)
        push = PushSender(read_push_key(key_file), settings.push_hosts, contact or NOBODY)
    if check:
        click.echo(f"{file}: {len(plan.people)} people can be called.")
        return
    notifier = Notifier(settings.database_url.get_secret_value(), plan, ways=Ways(push=push))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: notifier.stop())
    notifier.run()


def _write_key(file: Path) -> None:
    """Write a key; one that is there stays: browsers that know it would hear nothing more."""
    if file.exists():
        raise click.ClickException(f"{file} is there already: browsers that know its key need it.")
    private, public = new_private()
    try:
        write_private(file, private)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    click.echo(f"VIRTAAMA_PUSH_KEY_FILE={file.resolve()}\nVIRTAAMA_DASHBOARD_PUSH_KEY={public}")
