"""A whole plant on this machine: everything from broker to dashboard under one roof."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.broker_access.topic_rules import INGEST
from deploy.demo.demo_plant import DEMO_SITE
from deploy.demo.guarded_broker import REPLAY, guarded_broker
from deploy.demo.history import load_history
from deploy.demo.people import provide_people
from deploy.demo.show import Show
from deploy.stack.broker import Broker
from deploy.stack.lock import FolderLock
from deploy.stack.ports import LOOPBACK, accepts, free_port, require_free
from deploy.stack.process import Child
from deploy.stack.programs import server_programs
from deploy.stack.timescale import TimescaleServer
from schemas.connection import connect
from schemas.migrate import migrate
from schemas.queries import queries
from schemas.site.load import load
from schemas.site.model import Site
from schemas.site.reader import read

DASHBOARD_PORT_PREFERRED = 8050
DASHBOARD_TIMEOUT_S = 60.0
WATCH_INTERVAL_S = 1.0
CHILD_STOP_TIMEOUT_S = 15.0

_SQL = queries("demo")


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
    # A shell that starts it in the background has SIGINT ignored; a stop is a stop there too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as roof:
            roof.enter_context(FolderLock(plan.folder / "demo"))
            _watch(_start_all(plan, roof))
    except KeyboardInterrupt:
        _say("stopped; the readings stay, the next start is quick")


@dataclass(frozen=True)
class _Part:
    """One program of the demonstration, and how it is started again when it has ended."""

    name: str
    running: Callable[[], bool]
    start_again: Callable[[], None]
    log_tail: Callable[[], str] = str


def _start_all(plan: DemoPlan, roof: ExitStack) -> list[_Part]:
    port = _dashboard_port(plan.dashboard_port)
    with _step("site file"):
        site = read(DEMO_SITE)
    now = datetime.now(UTC)
    database_url, brokers, parts = _servers(plan, site, now, roof)
    with _step("schema and site"):
        migrate(database_url)
        load(database_url, site, now=now)
        people = provide_people(database_url, plan.folder / "demo")
    spool_folder = plan.folder / "spool"
    spool_folder.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "VIRTAAMA_INGEST_SPOOL_FOLDER": str(spool_folder),
        "VIRTAAMA_DATABASE_URL": database_url,
        "VIRTAAMA_DASHBOARD_HOST": LOOPBACK,
        "VIRTAAMA_DASHBOARD_PORT": str(port),
        "VIRTAAMA_DASHBOARD_SECURE_COOKIES": "false",
        "VIRTAAMA_DASHBOARD_PATH_PREFIX": "",
    }

    def command(name: str, *arguments: str) -> Child:
        program = [sys.executable, "-m", "deploy.cli", name, *arguments]
        variables = environment | brokers.get(name, {})
        child = Child(name, program, log_dir=plan.folder / "logs", env=variables)
        child.start()
        roof.callback(child.stop, timeout_s=CHILD_STOP_TIMEOUT_S)
        parts.append(_Part(name, lambda: child.running, child.start, child.log_tail))
        return child

    # The dashboard needs seconds to import what it needs: let it, while history is loaded.
    dashboard = command("dashboard")
    with _step(f"history, {plan.history_days} days at the most"):
        stored = load_history(database_url, plan.history_days, now, plan.shows)
    _say(f"   {stored:,} readings were missing and are stored".replace(",", " "))
    command("ingest")
    shows = [text for show in plan.shows for text in ("--show", show)]
    command("replay", "--speed", str(plan.speed), *shows)
    with _step("dashboard"):
        dashboard.wait_until(lambda: _answers(port), timeout_s=DASHBOARD_TIMEOUT_S)
    _say(f"\n   Virtaama shows the plant at  http://{LOOPBACK}:{port}/")
    for person in people:
        _say(f"   sign in as {person.login:10} with {person.password}   ({person.role})")
    replay = brokers[REPLAY]
    _say(f"   MQTT {replay['VIRTAAMA_MQTT_URL']}")
    if "SSL_CERT_FILE" in replay:
        _say(f"   trust {replay['SSL_CERT_FILE']}")
    _say(f"   logs {plan.folder / 'logs'}   Ctrl-C stops everything\n")
    return parts


def _servers(
    plan: DemoPlan, site: Site, now: datetime, roof: ExitStack
) -> tuple[str, dict[str, dict[str, str]], list[_Part]]:
    """Start database and broker if they were not given.

    Returns the URL of the database, and the variables by which `ingest` and `replay` connect.
    """
    parts: list[_Part] = []
    if plan.database_url is None or plan.mqtt_url is None:
        with _step("programs of database and broker"):
            server_programs()
    database_url = plan.database_url
    brokers = {name: {"VIRTAAMA_MQTT_URL": plan.mqtt_url or ""} for name in (INGEST, REPLAY)}
    if database_url is None:
        with _step("database"):
            server = roof.enter_context(TimescaleServer(plan.folder / "database"))
            _create_database(server.url())
            database_url = server.url("virtaama")
        parts.append(_part_of("database", server))
    if plan.mqtt_url is None:
        with _step("broker"):
            guarded = guarded_broker(plan.folder, site, now)
            roof.enter_context(guarded.broker)
            brokers = {name: guarded.environment(name) for name in (INGEST, REPLAY)}
        parts.append(_part_of("broker", guarded.broker))
    return database_url, brokers, parts


def _part_of(name: str, server: TimescaleServer | Broker) -> _Part:
    def start_again() -> None:
        server.kill()  # forgets the one that ended, and what it left
        server.start()

    return _Part(name, lambda: server.running, start_again)


def _create_database(server_url: str) -> None:
    with connect(server_url, autocommit=True) as connection:
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
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/sign-in", timeout=5):
            return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _watch(parts: list[_Part]) -> None:
    """Start again what ends by itself; returns only by KeyboardInterrupt."""
    while True:
        time.sleep(WATCH_INTERVAL_S)
        for part in parts:
            if not part.running():
                _say(f"   {part.name} has ended and is started again. {part.log_tail()}".rstrip())
                part.start_again()


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    click.echo(f"   {what} … ", nl=False)
    began = time.monotonic()
    yield
    click.echo(f"{time.monotonic() - began:.1f} s")


def _say(sentence: str) -> None:
    click.echo(sentence)
