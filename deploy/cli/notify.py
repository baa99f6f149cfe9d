"""`virtaama notify`."""

import signal

import click

from dashboard.notification.plan_file import read_plan
from dashboard.notification.service import Notifier
from dashboard.notification.settings import NotificationSettings
from deploy.cli.environment import read_settings


@click.command(help="Call people to alarms until stopped.")
@click.option("--check", is_flag=True, help="Only read the file; a sentence says what is wrong.")
def command(check: bool) -> None:
    """Run the notifier; its settings come from the environment."""
    settings = read_settings(NotificationSettings)
    plan = read_plan(settings.notification_file)
    if check:
        click.echo(f"{settings.notification_file}: {len(plan.people)} people can be called.")
        return
    notifier = Notifier(settings.database_url.get_secret_value(), plan)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: notifier.stop())
    notifier.run()
