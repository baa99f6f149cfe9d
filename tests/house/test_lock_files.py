"""The lock files: what is tested with one Python is what runs with every other."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def _pinned(lock: str) -> list[Requirement]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return [Requirement(line) for line in re.findall(r"(?m)^([a-z].*?==.*?) *\\?$", text)]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_package_has_one_version_for_every_python(lock: str) -> None:
    found = _pinned(lock)
    assert len(found) > 30
    twice = [name for name, times in Counter(one.name for one in found).items() if times > 1]
    assert not twice


@pytest.mark.parametrize("lock", LOCKS)
def test_every_supported_python_gets_the_same_packages(lock: str) -> None:
    for one in _pinned(lock):
        if one.marker is not None:
            wanted = {
                one.marker.evaluate(
                    {"python_version": python, "python_full_version": f"{python}.0"}
                )
                for python in PYTHONS
            }
            assert len(wanted) == 1, str(one)


def test_what_checks_the_program_runs_with_what_runs_the_program() -> None:
    runtime, dev = (set(map(str, _pinned(lock))) for lock in LOCKS)
    assert runtime <= dev


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_what_the_project_asks_for(lock: str) -> None:
    pinned = {one.name: str(one.specifier).removeprefix("==") for one in _pinned(lock)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + (
        project["optional-dependencies"]["dev"] if "dev" in lock else []
    )
    for one in map(Requirement, asked):
        assert one.specifier.contains(pinned[one.name]), str(one)
