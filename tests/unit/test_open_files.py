"""A dashboard has room for its connections, or says at the start why not: no accept ever fails."""

import subprocess
import sys

import pytest

from dashboard.limits.open_files import FURTHER_FILES

PROGRAM = """
import resource, sys
from dashboard.errors import TooFewFiles
from dashboard.limits.open_files import require_files

soft, hard, connections = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
try:
    require_files(connections)
except TooFewFiles as error:
    print(error)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "connections", "opened"),
    [(300, 500, 500 + FURTHER_FILES), (750, 500, 750), (300, 801, 300)],
    ids=["raised as far as needed", "enough", "more than the system allows"],
)
def test_a_thousand_connections_that_idle_stopped_the_dashboard(
    soft: int, connections: int, opened: int
) -> None:
    asked = [str(number) for number in (soft, 1_000, connections)]
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, *asked], capture_output=True, text=True, check=True
    )
    *told, limit = found.stdout.splitlines()
    assert int(limit) == opened
    if opened < connections:
        assert told == [
            "801 connections need 1001 open files, and the system allows 1000. Lower "
            "VIRTAAMA_DASHBOARD_CONNECTIONS_MAX to 800, or raise the limit (LimitNOFILE=, "
            "ulimit -n)."
        ]
    else:
        assert told == []
