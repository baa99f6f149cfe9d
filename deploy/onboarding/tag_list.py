"""A list of tags as rows with a meaning: what the table says, and what was left out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.onboarding.columns import Columns, find_columns, refuse, told
from deploy.onboarding.numbers import has_decimal_comma, number, number_range
from deploy.onboarding.table_file import Sheet
from deploy.onboarding.unit_in_name import without_unit


@dataclass(frozen=True)
class Entry:
    """One tag as the list has it; `place` is for a sentence: "row 12" or "sheet Pumps, row 12".

    `section` is the title that stands above it, or the name of its sheet. Texts are empty where the
    list says nothing.
    """

    place: str
    tag: str
    names: Mapping[str, str]
    unit: str = ""
    kind: str = ""
    area: str = ""
    section: str = ""
    line: str = ""
    note: str = ""
    range: tuple[float, float] | None = None
    interval_s: float | None = None


@dataclass
class TagList:
    """The entries of a list, which columns were read as what, and a sentence for each row or cell
    that was not taken.
    """

    read_as: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_tags(sheets: Sequence[Sheet], said: Mapping[str, str]) -> TagList:
    """Return the tags of all tables that hold any. Raises TagListUnreadable.

    `said` names headings by field, where somebody has said so.
    """
    found = [(sheet, columns) for sheet in sheets if (columns := find_columns(sheet, said))]
    if not found:
        raise refuse(sheets)
    tags = TagList()
    seen: dict[str, Entry] = {}
    for sheet, columns in found:
        tags.read_as.append(told(sheet, columns))
        _Rows(sheet, columns, several=len(found) > 1).read(tags, seen)
    if not tags.entries:
        raise refuse(sheets)
    return tags


class _Rows:
    """The rows of one table below its headings."""

    def __init__(self, sheet: Sheet, columns: Columns, *, several: bool) -> None:
        self._sheet = sheet
        self._columns = columns.at
        self._first = columns.row + 1
        self._headings = sheet.rows[columns.row]
        self._prefix = f"sheet {sheet.name}, " if several else ""
        self._section = sheet.name if several else ""
        numbers = [
            self._text(row, name)
            for row in sheet.rows[self._first :]
            for name in ("low", "high", "range", "interval")
        ]
        self._decimal_comma = bool(has_decimal_comma(numbers))

    def read(self, tags: TagList, seen: dict[str, Entry]) -> None:
        for number_, row in enumerate(self._sheet.rows[self._first :], self._first + 1):
            place = f"{self._prefix}row {number_}"
            filled = {cell for cell in row if cell}
            if not filled or row == self._headings:
                continue
            tag = self._text(row, "tag")
            if len(filled) == 1 and (not tag or not any(map(str.isdigit, tag))):
                self._section = filled.pop()  # a title between the rows
                continue
            if not tag:
                tags.left_out.append(f'{place}: has no tag ("{" · ".join(sorted(filled))[:60]}")')
                continue
            entry = self._entry(place, tag, row)
            if entry.range is None and (ends := self._ends(row)):
                tags.left_out.append(
                    f'{place}: "{ends}" is no range from a lower to a higher value'
                )
            if tag in seen:
                tags.left_out.append(
                    f'{place}: the tag "{tag}" stands in {seen[tag].place} already'
                )
                continue
            seen[tag] = entry
            tags.entries.append(entry)

    def _entry(self, place: str, tag: str, row: list[str]) -> Entry:
        names = {
            column.removeprefix("name."): self._text(row, column)
            for column in self._columns
            if column.startswith("name.")
        }
        said = {name: self._text(row, name) for name in ("unit", "kind", "area", "line", "note")}
        if "unit" not in self._columns:
            for language, text in names.items():
                names[language], unit = without_unit(text)
                said["unit"] = said["unit"] or unit
        return Entry(
            place=place,
            tag=tag,
            names={language: text for language, text in names.items() if text},
            section=self._section,
            range=self._range(row),
            interval_s=number(self._text(row, "interval"), decimal_comma=self._decimal_comma),
            **said,
        )

    def _range(self, row: list[str]) -> tuple[float, float] | None:
        found = number_range(self._text(row, "range"), decimal_comma=self._decimal_comma)
        ends = [
            number(self._text(row, name), decimal_comma=self._decimal_comma)
            for name in ("low", "high")
        ]
        if None not in ends:
            found = (ends[0] or 0.0, ends[1] or 0.0)
        return found if found and found[0] < found[1] else None

    def _ends(self, row: list[str]) -> str:
        """Return what the row says of its range, as it stands there."""
        texts = [self._text(row, name) for name in ("range", "low", "high")]
        return " … ".join(text for text in texts if text)

    def _text(self, row: list[str], name: str) -> str:
        column = self._columns.get(name)
        return "" if column is None or column >= len(row) else row[column]
