"""A whole plant on this machine: everything from broker to dashboard under one roof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.broker_access.topic_rules import INGEST
from deploy.demo.calibrations import provide_calibrations
from deploy.demo.demo_plant import DEMO_SITES
from deploy.demo.guarded_broker import REPLAY, guarded_broker
from deploy.demo.history import load_history
from deploy.demo.people import provide_people
from deploy.demo.show import Show
from deploy.local.console import say, step, until_interrupted
from deploy.local.dashboard import PORT_PREFERRED, dashboard_environment, wait_for_dashboard
from deploy.local.notifying import COMMAND, answers_alarms, notifying_environment
from deploy.local.supervisor import Supervisor
from deploy.stack.ports import accepts, free_port, require_free
from schemas.migrate import migrate
from schemas.site.load import load
from schemas.site.model import Site
from schemas.site.reader import read


@dataclass(frozen=True)
class DemoPlan:
    """What the demonstration shall be made of; None means: bring your own or find a free one."""

    folder: Path
    speed: float
    shows: Sequence[Show]
    history_days: int
    dashboard_port: int | None
    database_url: str | None
    mqtt_url: str | None


def run(plan: DemoPlan) -> None:
    """Start everything, say where to look, and stop everything on SIGINT or SIGTERM.

    Raises a DeployError or SiteFileError with a sentence for whoever typed the command. What was
    started before is stopped in any case.
    """
    with (
        until_interrupted("stopped; the readings stay, the next start is quick"),
        Supervisor(plan.folder) as supervisor,
    ):
        _start_all(plan, supervisor)
        supervisor.watch()


def _start_all(plan: DemoPlan, supervisor: Supervisor) -> None:
    port = _dashboard_port(plan.dashboard_port)
    with step("site files"):
        sites = [read(folder) for folder in DEMO_SITES]
    now = datetime.now(UTC)
    database_url = plan.database_url or supervisor.start_database()
    secrets_folder = plan.folder / "demo"
    secrets_folder.mkdir(exist_ok=True)
    brokers = _brokers(plan, sites, now, supervisor)
    with step("schema and sites"):
        migrate(database_url)
        for site in sites:
            load(database_url, site, now=now)
        people = provide_people(database_url, secrets_folder)
        provide_calibrations(database_url, sites[0].key, people[0].login, now)
    staff = [each.login for each in people if answers_alarms(each.role)]
    spool_folder = plan.folder / "spool"
    spool_folder.mkdir(exist_ok=True)
    environment = {
        "VIRTAAMA_INGEST_SPOOL_FOLDER": str(spool_folder),
        "VIRTAAMA_DATABASE_URL": database_url,
        **dashboard_environment(port, secrets_folder),
        **notifying_environment(secrets_folder, sites[0].key, port, staff),
    }
    # The dashboard needs seconds to import what it needs: let it, while history is loaded.
    dashboard = supervisor.start_command("dashboard", environment=environment)
    with step(f"history, {plan.history_days} days at the most"):
        stored = load_history(database_url, plan.history_days, now, plan.shows)
    say(f"   {stored:,} readings were missing and are stored".replace(",", " "))
    supervisor.start_command(INGEST, environment=environment | brokers[INGEST])
    supervisor.start_command("calculate", environment=environment)
    supervisor.start_command("alarms", environment=environment)
    supervisor.start_command(COMMAND, environment=environment)
    options = [text for show in plan.shows for text in ("--show", show)]
    options += ["--speed", str(plan.speed)]
    supervisor.start_command(REPLAY, *options, environment=environment | brokers[REPLAY])
    with step("dashboard"):
        address = wait_for_dashboard(dashboard, port)
    say(f"\n   Virtaama shows the plant at  {address}")
    for person in people:
        say(f"   sign in as {person.login:10} with {person.password}   ({person.role})")
    replay = brokers[REPLAY]
    say(f"   MQTT {replay['VIRTAAMA_MQTT_URL']}")
    if "SSL_CERT_FILE" in replay:
        say(f"   trust {replay['SSL_CERT_FILE']}")
    say(f"   logs {plan.folder / 'logs'}   Ctrl-C stops everything\n")


def _brokers(
    plan: DemoPlan, sites: Sequence[Site], now: datetime, supervisor: Supervisor
) -> dict[str, dict[str, str]]:
    """Start a broker if none was given; return the variables by which each process connects."""
    if plan.mqtt_url is not None:
        return {name: {"VIRTAAMA_MQTT_URL": plan.mqtt_url} for name in (INGEST, REPLAY)}
    with step("broker"):
        guarded = guarded_broker(plan.folder, sites, now)
        supervisor.start_broker(guarded.broker)
    return {name: guarded.environment(name) for name in (INGEST, REPLAY)}


def _dashboard_port(wanted: int | None) -> int:
    if wanted is not None:
        require_free(wanted, what="the dashboard", setting="--port")
        return wanted
    return free_port() if accepts(PORT_PREFERRED) else PORT_PREFERRED
