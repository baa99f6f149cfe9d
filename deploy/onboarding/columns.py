"""Which column of a table holds what, by the words of its heading in several languages. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from deploy.errors import TagListUnreadable
from deploy.onboarding.table_file import Sheet

HEADING_ROWS_MAX = 40  # a title, a logo and a legend may stand above
FIELDS = ("tag", "unit", "low", "high", "range", "area", "line", "kind", "interval", "note")
_LETTERS = re.compile(r"[\W_]+")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Columns:
    """The row of the headings (0 is the first) and the column of each field.

    A field is one of FIELDS or a name with its language: "name.fi".
    """

    row: int
    at: Mapping[str, int]


@cache
def words() -> Mapping[str, Any]:
    """Return what words.toml holds."""
    text = (files("deploy.onboarding") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def find_columns(sheet: Sheet, said: Mapping[str, str]) -> Columns | None:
    """Return the columns of a table, or None if it has none that holds tags or names.

    `said` names headings by field, where somebody has said so.
    """
    found = [
        Columns(number, _fields(row, said))
        for number, row in enumerate(sheet.rows[:HEADING_ROWS_MAX])
    ]
    best = max(found, key=lambda columns: len(columns.at), default=None)
    return best if best is not None and "tag" in best.at else None


def refuse(sheets: Sequence[Sheet]) -> TagListUnreadable:
    """Return an error that shows the first row with several texts, and what to say."""
    rows = [row for sheet in sheets for row in sheet.rows if sum(map(bool, row)) > 1]
    shown = ", ".join(f'"{cell}"' for cell in (rows or sheets[0].rows)[0] if cell)
    return TagListUnreadable(
        f"No column of tags was recognised. The first row has {shown}. Give the table a row of "
        "headings (tag, name, unit, …), or say which is which: --column tag=HEADING"
    )


def _fields(row: Sequence[str], said: Mapping[str, str]) -> dict[str, int]:
    wanted = {_plain(heading): field for field, heading in said.items()}
    scored: list[tuple[int, int, str]] = []
    for column, heading in enumerate(row):
        if _plain(heading) in wanted:
            scored.append((0, column, wanted[_plain(heading)]))
        else:
            scored += [(rank, column, field) for field, rank in _meanings(heading)]
    at: dict[str, int] = {}
    taken: set[int] = set()
    for _, column, field in sorted(scored):
        if field not in at and column not in taken:
            at[field] = column
            taken.add(column)
    if "tag" not in at:
        # "Name" and "Description": the first of them is what the plant calls it.
        names = sorted({(column, field) for _, column, field in scored if field[:5] == "name."})
        if names:
            at["tag"] = names[0][0]
        for column, field in names:
            if column != at["tag"] and at.get(field) in {None, at["tag"]}:
                at[field] = column
    return at


def _meanings(heading: str) -> list[tuple[str, int]]:
    """Return the fields that a heading may mean, and how far-fetched that is."""
    if len(heading) > 60:
        return []
    plain, parts = _plain(heading), [part.casefold() for part in _WORDS.findall(heading)]
    found = []
    for field, known in words()["column"].items():
        if plain in known:
            found.append((field, 1))
        elif any(part in known for part in parts):
            found.append((field, 3))
    language = next((part for part in parts[1:] if part in words()["name"]), None)
    for own, known in words()["name"].items():
        if plain in known:
            found.append((f"name.{own}", 1))
        elif any(part in known for part in parts):
            found.append((f"name.{language or own}", 2))
    return found


def _plain(text: str) -> str:
    return _LETTERS.sub("", text.casefold())
