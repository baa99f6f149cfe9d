"""A part of a site file: one table with its place, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.site.toml_lines import Path, line_of


class Problem(NamedTuple):
    """One error of a site file; sorts by file and line."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True)
class Part:
    """One table of a file, as it was written.

    `path` leads to it in its file: ("point", 3); `lines` knows the lines of that whole file.
    """

    file: str
    path: Path
    content: dict[str, Any]
    lines: Mapping[Path, int]

    @property
    def place(self) -> str:
        """Where it begins, for a sentence about another part."""
        return f"{self.file}:{line_of(self.path, self.lines)}"

    def problem(self, keys: Path, sentence: str) -> Problem:
        """Return a problem with what stands below this table at `keys`."""
        name = str(self.path[0])
        if len(self.path) > 1:
            name += _name(self.content, self.path[1])
        here: Any = self.content
        for key in keys:
            here = _below(here, key)
            name += _name(here, key)
        line = line_of((*self.path, *keys), self.lines)
        return Problem(self.file, line, f"{name}: {sentence}")


def _below(here: Any, key: str | int) -> Any:
    try:
        return here[key]
    except (KeyError, IndexError, TypeError):
        return None


def _name(element: Any, key: str | int) -> str:
    """Return ".unit" for a key; for an element of an array what it calls itself, or its number."""
    if isinstance(key, str):
        return f".{key}"
    named = element if isinstance(element, dict) else {}
    name = named.get("key", named.get("point"))
    return f".{name}" if isinstance(name, str) and name else f"[{key + 1}]"
