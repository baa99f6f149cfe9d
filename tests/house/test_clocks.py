"""What is limited, waited for or kept goes by a clock that nobody can set."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("dashboard/limits", "dashboard/auth", "ingest/mqtt", "ingest/spool", "ingest/pipeline")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.py"))]
# A moment that they are told is the caller's: what is stored with it is compared in the database.
OF_THE_WALL = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_limits_and_waits_read_no_clock_of_the_wall(path: Path) -> None:
    """A clock set back an hour would lift a limit, or hold it for an hour."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    read = {ast.unparse(one) for one in ast.walk(tree) if isinstance(one, ast.Attribute)}
    assert not read & OF_THE_WALL
