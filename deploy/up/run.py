"""Runs a plant of one's own: database, broker, ingest and dashboard, until interrupted."""

from datetime import UTC, datetime

from deploy.accounts import accounts
from deploy.broker_access.topic_rules import INGEST
from deploy.local.console import say, step, until_interrupted
from deploy.local.dashboard import dashboard_environment, wait_for_dashboard
from deploy.local.notifying import COMMAND, answers_alarms, notifying_environment
from deploy.local.secret_file import write_private
from deploy.local.supervisor import Supervisor
from deploy.local.totp_key import provide_totp_key
from deploy.up.first_account import provide_first_account
from deploy.up.instructions import environment_text, instructions
from deploy.up.plan import UpPlan, check_ports, make_data_folder, read_site
from deploy.up.plant_broker import plant_broker
from schemas.migrate import migrate
from schemas.site.load import load
from schemas.site.model import Site


def run(plan: UpPlan) -> None:
    """Start everything, say how to use it, and stop everything on SIGINT or SIGTERM.

    Raises a DeployError or SiteFileError with a sentence for whoever typed the command. What was
    started before is stopped in any case.
    """
    with until_interrupted("stopped; readings and accounts stay, the next start is quick"):
        site = read_site(plan.folder)
        say(f"   {site.summary()}")
        make_data_folder(plan)
        with Supervisor(plan.data) as supervisor:
            check_ports(plan)
            _start_all(plan, site, supervisor)
            supervisor.watch()


def _start_all(plan: UpPlan, site: Site, supervisor: Supervisor) -> None:
    now = datetime.now(UTC)
    database_url = supervisor.start_database()
    with step("schema and site"):
        migrate(database_url)
        load(database_url, site, now=now)
        password = provide_first_account(database_url, plan.login)
        staff = [each.login for each in accounts(database_url) if answers_alarms(each.role)]
        fallback = staff or [plan.login]
        notifying = notifying_environment(plan.data, site.site.key, plan.dashboard_port, fallback)
        variables = environment_text(database_url, provide_totp_key(plan.data), notifying)
        write_private(plan.environment_file, variables)
    with step("broker"):
        broker = plant_broker(plan, site, now)
        supervisor.start_broker(broker.broker)
    spool_folder = plan.data / "spool"
    spool_folder.mkdir(exist_ok=True)
    shared = {"VIRTAAMA_DATABASE_URL": database_url, **notifying}
    ingest = {"VIRTAAMA_INGEST_SPOOL_FOLDER": str(spool_folder), **broker.environment(INGEST)}
    supervisor.start_command(INGEST, environment=shared | ingest)
    supervisor.start_command("calculate", environment=shared)
    supervisor.start_command("alarms", environment=shared)
    supervisor.start_command(COMMAND, environment=shared)
    with step("dashboard"):
        dashboard = supervisor.start_command(
            "dashboard",
            environment={**shared, **dashboard_environment(plan.dashboard_port, plan.data)},
        )
        address = wait_for_dashboard(dashboard, plan.dashboard_port)
    for line in instructions(plan, site, broker, address, password):
        say(line)
