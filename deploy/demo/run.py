"""A whole plant on this machine: everything from broker to dashboard under one roof."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg

from deploy.demo.history import load_history
from deploy.stack.broker import Broker
from deploy.stack.lock import FolderLock
from deploy.stack.ports import LOOPBACK, accepts, free_port, require_free
from deploy.stack.process import Child
from deploy.stack.programs import server_programs
from deploy.stack.timescale import TimescaleServer
from schemas.migrate import migrate
from schemas.queries import queries
from schemas.site_file import read
from schemas.site_load import load

DASHBOARD_PORT_PREFERRED = 8050
DASHBOARD_TIMEOUT_S = 60.0
WATCH_INTERVAL_S = 1.0
CHILD_STOP_TIMEOUT_S = 15.0

_SQL = queries("demo")


@dataclass(frozen=True)
class DemoPlan:
    """What the demonstration shall be made of; None means: bring your own or find a free one."""

    folder: Path
    site: Path
    speed: float
    history_days: int
    dashboard_port: int | None
    database_url: str | None
    mqtt_url: str | None


def run(plan: DemoPlan) -> None:
    """Start everything, say where to look, and stop everything on SIGINT or SIGTERM.

    Raises a DeployError or SiteFileError with a sentence for whoever typed the command. What was
    started before is stopped in any case.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as roof:
            roof.enter_context(FolderLock(plan.folder / "demo"))
            children = _start_all(plan, roof)
            _watch(children)
    except KeyboardInterrupt:
        _say("stopped; the readings stay, the next start is quick")


def _start_all(plan: DemoPlan, roof: ExitStack) -> list[Child]:
    port = _dashboard_port(plan.dashboard_port)
    with _step("site file"):
        site = read(plan.site)
    database_url, mqtt_url = _servers(plan, roof)
    now = datetime.now(UTC)
    with _step("schema and site"):
        migrate(database_url)
        load(database_url, site, now=now)
    environment = {
        **os.environ,
        "VIRTAAMA_DATABASE_URL": database_url,
        "VIRTAAMA_MQTT_URL": mqtt_url,
        "VIRTAAMA_DASHBOARD_HOST": LOOPBACK,
        "VIRTAAMA_DASHBOARD_PORT": str(port),
    }

    def command(name: str, *arguments: str) -> Child:
        program = [sys.executable, "-m", "deploy.cli", name, *arguments]
        child = Child(name, program, log_dir=plan.folder / "logs", env=environment)
        child.start()
        roof.callback(child.stop, timeout_s=CHILD_STOP_TIMEOUT_S)
        return child

    # The dashboard needs seconds to import what it needs: let it, while history is loaded.
    dashboard = command("dashboard")
    with _step(f"history, {plan.history_days} days at the most"):
        stored = load_history(database_url, plan.history_days, now)
    _say(f"   {stored:,} readings were missing and are stored".replace(",", " "))
    ingest = command("ingest")
    replay = command("replay", "--speed", str(plan.speed))
    with _step("dashboard"):
        dashboard.wait_until(lambda: _answers(port), timeout_s=DASHBOARD_TIMEOUT_S)
    _say(f"\n   Virtaama shows the plant at  http://{LOOPBACK}:{port}/")
    _say(f"   MQTT {mqtt_url}   logs {plan.folder / 'logs'}   Ctrl-C stops everything\n")
    return [dashboard, ingest, replay]


def _servers(plan: DemoPlan, roof: ExitStack) -> tuple[str, str]:
    """Return the URLs of database and broker, starting those that were not given."""
    if plan.database_url is None or plan.mqtt_url is None:
        with _step("programs of database and broker"):
            server_programs()
    database_url, mqtt_url = plan.database_url, plan.mqtt_url
    if database_url is None:
        with _step("database"):
            server = roof.enter_context(TimescaleServer(plan.folder / "database"))
            _create_database(server.url())
            database_url = server.url("virtaama")
    if mqtt_url is None:
        with _step("broker"):
            mqtt_url = roof.enter_context(Broker(plan.folder / "broker")).url
    return database_url, mqtt_url


def _create_database(server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute(_SQL["database_exists"]).fetchone()
        if found is not None and not found[0]:
            connection.execute(_SQL["create_database"])


def _dashboard_port(wanted: int | None) -> int:
    if wanted is not None:
        require_free(wanted, what="the dashboard", setting="--port")
        return wanted
    return free_port() if accepts(DASHBOARD_PORT_PREFERRED) else DASHBOARD_PORT_PREFERRED


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/", timeout=5):
            return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _watch(children: list[Child]) -> None:
    """Start again what ends by itself; returns only by KeyboardInterrupt."""
    while True:
        time.sleep(WATCH_INTERVAL_S)
        for child in children:
            if not child.running:
                _say(f"{child.name} ended with code {child.exit_code}, starting it again:")
                _say(child.log_tail())
                child.start()


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    click.echo(f"   {what} … ", nl=False)
    began = time.monotonic()
    yield
    click.echo(f"{time.monotonic() - began:.1f} s")


def _say(sentence: str) -> None:
    click.echo(sentence)
