"""The words of words.toml, by which columns, units, kinds and roles are recognised."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from deploy.onboarding.plain import without_accents

_FOLDER = files("deploy.onboarding")


@cache
def words() -> Mapping[str, Any]:
    """Return what words.toml holds, with the words of each file of `languages` behind its own.

    Those of lists stand without accents, as texts are compared.
    """
    found: dict[str, Any] = {}
    own, languages = _FOLDER / "words.toml", (_FOLDER / "languages").iterdir()
    for file in (own, *sorted(languages, key=lambda each: each.name)):
        for table, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if isinstance(entries, dict):
                _add(found.setdefault(table, {}), entries)
            else:
                found[table] = entries
    return found


def _add(known: dict[str, Any], entries: Mapping[str, Any]) -> None:
    for key, entry in entries.items():
        if isinstance(entry, list):
            known[key] = [*known.get(key, ()), *map(without_accents, entry)]
        else:
            known[key] = entry
