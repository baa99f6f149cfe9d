"""Fixtures of the crash matrix, and the table that it prints at the end.

server    a database server of the matrix, which a test may stop and kill
plant     a site with five points in a database of the test's own on that server
recover   notes how long a cell took to recover; the run ends with a table of them
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.stack.timescale import TimescaleServer
from tests.crash.line import Line
from tests.crash.traffic import POINTS
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.proxy import Proxy
from tests.fixtures.stack import add_migrated_template, cloned

_CELL = "crash-cell"


@pytest.fixture(scope="session")
def server(stack_dir: Path) -> Iterator[TimescaleServer]:
    with TimescaleServer(stack_dir / "crash-timescale", durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def _template(server: TimescaleServer) -> str:
    return add_migrated_template(server)


@pytest.fixture
def plant(server: TimescaleServer, _template: str, site: str) -> Iterator[str]:
    for url in cloned(server, _template):
        add_points(url, dict.fromkeys(POINTS, NO_BOUNDS), site=site)
        yield url


@pytest.fixture
def line(
    tmp_path: Path,
    plant: str,
    site: str,
    broker_factory: Callable[..., object],
    proxy_factory: Callable[[str, int], Proxy],
) -> Iterator[Line]:
    broker = broker_factory()
    broker.start()
    where = urlsplit(plant)
    made = Line(
        tmp_path,
        site,
        plant,
        broker,
        proxy_factory(where.hostname, where.port),
        proxy_factory(broker.host, broker.port),
    )
    yield made
    made.close()


@pytest.fixture
def recover(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Call with the number of messages, the seconds that recovery took, and those allowed."""

    name = request.node.name.removeprefix("test_")

    def note(messages: int, took_s: float, within_s: float, remark: str = "") -> None:
        line = f"{name:<72} {messages:>7} messages  {took_s:6.2f} s of {within_s:g} s{remark}"
        request.node.user_properties.append((_CELL, line))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ended = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    lines = [line for one in ended for name, line in one.user_properties if name == _CELL]
    if lines:
        terminalreporter.section(f"crash matrix, --seed {terminalreporter.config.option.seed}")
        for line in lines:
            terminalreporter.line(line)
