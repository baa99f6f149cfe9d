"""Which column of a table holds what, by the words of its heading in several languages. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from deploy.errors import TagListUnreadable
from deploy.onboarding.contents import can_be_tags, looks_like
from deploy.onboarding.plain import plain as without_marks
from deploy.onboarding.table_file import Sheet
from deploy.onboarding.words import words

HEADING_ROWS_MAX = 40  # a title, a logo and a legend may stand above
CELLS_MAX = 200  # of a column that are looked at
FIELDS = ("tag", "unit", "low", "high", "range", "area", "line", "kind", "interval", "note")
NAME = "name."  # and the language
_LETTERS = re.compile(r"[\W_]+")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Columns:
    """The row of the headings (0 is the first) and the column of each field.

    A field is one of FIELDS or a name with its language: "name.fi".
    """

    row: int
    at: Mapping[str, int]


@dataclass(frozen=True, order=True)
class _Scored:
    """A field that a heading may mean, and how far-fetched that is: 0 is what somebody said."""

    rank: int
    column: int
    field: str

    def agrees(self, cells: Sequence[str]) -> bool:
        """Tell whether the cells below may be that."""
        return self.rank == 0 or self.field != "tag" or can_be_tags(cells)


def find_columns(sheet: Sheet, said: Mapping[str, str]) -> Columns | None:
    """Return the columns of a table, or None if it has none that holds tags or names.

    `said` names headings by field, where somebody has said so. What no heading tells the cells
    below may.
    """
    rows = sheet.rows[:HEADING_ROWS_MAX]
    scored = [_scored(row, said) for row in rows]
    fields = [_fields(each) for each in scored]
    row = max(range(len(rows)), key=lambda number: len(fields[number]), default=None)
    if row is None:
        return None
    if not fields[row]:
        row = _first_of_several(rows)
    at = _with_contents(sheet, row, scored[row])
    return Columns(row, at) if "tag" in at else None


def told(sheet: Sheet, columns: Columns) -> str:
    """Return which column is read as what, and which are not read."""
    headings = sheet.rows[columns.row]
    read = [f'{field} = "{headings[column]}"' for field, column in columns.at.items()]
    taken = set(columns.at.values())
    others = [f'"{text}"' for column, text in enumerate(headings) if text and column not in taken]
    return ", ".join(read) + (f"; not read: {', '.join(others)}" if others else "")


def _first_of_several(rows: Sequence[Sequence[str]]) -> int:
    """Return the first row of several texts: where no heading is known, it must be that one."""
    return next((number for number, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)


def _with_contents(sheet: Sheet, row: int, scored: Sequence[_Scored]) -> dict[str, int]:
    """Return the columns that headings tell, as far as cells agree, and those that cells tell."""
    agreed = [each for each in scored if each.agrees(_cells(sheet, row, each.column))]
    found = _as_of_a_controller(sheet, row, _fields(agreed))
    for column in range(len(sheet.rows[row])):
        if column in found.values():
            continue
        field = looks_like(_cells(sheet, row, column)) or ""
        spoken = field.startswith(NAME) and any(each.startswith(NAME) for each in found)
        if field and field not in found and not spoken:
            found[field] = column
    return found if "tag" in found else _with_tag(found, scored)


def _as_of_a_controller(sheet: Sheet, row: int, found: dict[str, int]) -> dict[str, int]:
    """Return the columns of a controller's export: its names are tags, its comments names."""
    spoken = next((field for field in found if field.startswith(NAME)), None)
    if "note" not in found or ("tag" in found) is (spoken is not None):
        return found
    tag = found["tag"] if spoken is None else found[spoken]
    if spoken is not None and looks_like(_cells(sheet, row, tag)) != "tag":
        return found
    said = looks_like(_cells(sheet, row, found["note"])) or ""
    if not said.startswith(NAME):
        return found
    others = {field: at for field, at in found.items() if field not in {spoken, "note"}}
    return others | {"tag": tag, said: found["note"]}


def _with_tag(found: Mapping[str, int], scored: Sequence[_Scored]) -> dict[str, int]:
    """Return the columns with one of tags: any whose heading says so, or the first of names."""
    at = dict(found)
    said = next((each.column for each in scored if each.field == "tag"), None)
    if said is not None:
        return {field: column for field, column in at.items() if column != said} | {"tag": said}
    # "Name" and "Description": the first of them is what the plant calls it.
    names = sorted({(each.column, each.field) for each in scored if each.field.startswith(NAME)})
    if names:
        at["tag"] = names[0][0]
    for column, field in names:
        if column != at["tag"] and at.get(field) in {None, at["tag"]}:
            at[field] = column
    return at


def _cells(sheet: Sheet, row: int, column: int) -> list[str]:
    """Return the first texts of a column below a row; a title between the rows is none of them."""
    below = (each for each in sheet.rows[row + 1 :] if sum(map(bool, each)) > 1)
    cells = (each[column] for each in below if column < len(each) and each[column])
    return list(islice(cells, CELLS_MAX))


def refuse(sheets: Sequence[Sheet]) -> TagListUnreadable:
    """Return an error that shows the first row with several texts, and what to say."""
    rows = [row for sheet in sheets for row in sheet.rows if sum(map(bool, row)) > 1]
    shown = ", ".join(f'"{cell}"' for cell in (rows or sheets[0].rows)[0] if cell)
    return TagListUnreadable(
        f"No column of tags was recognised. The first row has {shown}. Give the table a row of "
        "headings (tag, name, unit, …), or say which is which: --column tag=HEADING"
    )


def _scored(row: Sequence[str], said: Mapping[str, str]) -> list[_Scored]:
    """Return what the headings of a row may mean, the likeliest first."""
    wanted = {_plain(heading): field for field, heading in said.items()}
    found = []
    for column, heading in enumerate(row):
        if _plain(heading) in wanted:
            found.append(_Scored(0, column, wanted[_plain(heading)]))
        else:
            found += [_Scored(rank, column, field) for field, rank in _meanings(heading)]
    return sorted(found)


def _fields(scored: Sequence[_Scored]) -> dict[str, int]:
    at: dict[str, int] = {}
    for each in scored:
        if each.field not in at and each.column not in at.values():
            at[each.field] = each.column
    return at


def _meanings(heading: str) -> list[tuple[str, int]]:
    """Return the fields that a heading may mean, and how far-fetched that is."""
    if len(heading) > 60:
        return []
    plain, parts = _plain(heading), _WORDS.findall(without_marks(heading))
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
    return _LETTERS.sub("", without_marks(text))
