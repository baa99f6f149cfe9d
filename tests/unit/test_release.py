"""A release: the version that the program tells is the one that the changelog describes."""

import re
import tomllib
from datetime import date
from pathlib import Path

from tests.fixtures.command_line import virtaama

ROOT = Path(__file__).parents[2]
_HEADING = re.compile(r"^## (\d+\.\d+\.\d+) – (\d{4}-\d\d-\d\d)$", re.MULTILINE)


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _releases() -> list[tuple[str, str]]:
    """Return version and day of each release in the changelog, the newest first."""
    return _HEADING.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def test_the_program_tells_its_version() -> None:
    answer = virtaama("--version")
    assert (answer.code, answer.out.strip()) == (0, f"virtaama, version {_version()}")


def test_the_newest_release_of_the_changelog_is_this_version() -> None:
    assert _releases()[0][0] == _version()
    days = [date.fromisoformat(day) for _, day in _releases()]
    assert days == sorted(days, reverse=True)
