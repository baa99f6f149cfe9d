"""The words of words.toml, by which columns, units, kinds and roles are recognised."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_FOLDER = files("deploy.onboarding")


@cache
def words() -> Mapping[str, Any]:
    """Return what words.toml holds, with the words of each file of `languages` behind its own."""
    found = tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))
    for file in sorted((_FOLDER / "languages").iterdir(), key=lambda each: each.name):
        for table, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            _add(found.setdefault(table, {}), entries)
    return found


def _add(known: dict[str, Any], entries: Mapping[str, Any]) -> None:
    for key, entry in entries.items():
        known[key] = [*known.get(key, ()), *entry] if isinstance(entry, list) else entry
