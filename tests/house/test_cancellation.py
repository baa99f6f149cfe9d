"""A task that is told to end ends, whatever it waits for."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("ingest", "dashboard", "deploy")
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def test_nobody_waits_in_a_way_that_hides_being_told_to_end() -> None:
    """`asyncio.wait_for` of Python 3.11 does, if what it waits for happens at the same moment.

    A recheck beside busy live readings would never have ended; `asyncio.timeout` hides nothing.
    """
    found = [
        path.relative_to(ROOT)
        for path in FILES
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.Attribute) and ast.unparse(one) == "asyncio.wait_for"
    ]
    assert found == []
