"""Reads a table that people keep: XLSX, or CSV of any delimiter and encoding. Cells are texts."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from deploy.errors import TagListUnreadable
from schemas.visible_text import one_line

FILE_LIMIT_BYTES = 32 * 1024 * 1024
UNPACKED_LIMIT_BYTES = 256 * 1024 * 1024
ROWS_LIMIT = 100_000
COLUMNS_LIMIT = 200
CELL_LIMIT_CHARACTERS = 500
DELIMITERS = ";\t,|"
SAMPLE_ROWS = 200
CONTROLS_SHARE_MAX = 0.05

# Text without a mark that is no UTF-8 was written by one of these: Windows, DOS, an old Macintosh.
_CODE_PAGES = ("cp1252", "cp850", "mac_roman", "cp1250")
_EXPECTED = frozenset("åäöÅÄÖüÜßéÉèÈàâêîôçøæØ°²³µ–ąćęłńóśźżŁŚŻ")
_CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\r\n"]
_OTHER_FORMATS = {".xls", ".ods", ".pdf", ".doc", ".docx", ".numbers"}


@dataclass(frozen=True)
class Sheet:
    """A table: rows of cells, as texts on one line. The first row has number 1."""

    name: str
    rows: list[list[str]]


def read_sheets(file: Path) -> list[Sheet]:
    """Return the tables of a file that hold anything. Raises TagListUnreadable, OSError."""
    if file.suffix.lower() in _OTHER_FORMATS:
        raise TagListUnreadable(f"{file} cannot be read; save it as .xlsx or as CSV.")
    if file.stat().st_size > FILE_LIMIT_BYTES:
        raise TagListUnreadable(
            f"{file} is larger than {FILE_LIMIT_BYTES} bytes; that is no list of tags."
        )
    data = file.read_bytes()
    sheets = list(_workbook(file, data)) if data.startswith(b"PK") else [_text(file, data)]
    found = [sheet for sheet in sheets if any(any(row) for row in sheet.rows)]
    if not found:
        raise TagListUnreadable(f"{file} is empty.")
    return found


def _workbook(file: Path, data: bytes) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > UNPACKED_LIMIT_BYTES:
            raise TagListUnreadable(f"{file} unpacks to more than {UNPACKED_LIMIT_BYTES} bytes.")
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise TagListUnreadable(
            f"{file} is no workbook that can be read ({type(error).__name__}); save it as .xlsx or "
            "as CSV once more."
        ) from error
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            yield Sheet(sheet.title, _cells(sheet))


def _cells(sheet: Worksheet) -> list[list[str]]:
    last_row, last_column = min(sheet.max_row, ROWS_LIMIT), min(sheet.max_column, COLUMNS_LIMIT)
    rows = [
        [_cell(value) for value in row]
        for row in sheet.iter_rows(max_row=last_row, max_col=last_column, values_only=True)
    ]
    for merged in sheet.merged_cells.ranges:
        # A merged cell holds its text once; it is meant for each row and column that it covers.
        for row in range(merged.min_row - 1, min(merged.max_row, last_row)):
            for column in range(merged.min_col - 1, min(merged.max_col, last_column)):
                rows[row][column] = rows[merged.min_row - 1][merged.min_col - 1]
    return rows


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    text = clean(str(value))
    return "" if text.startswith("#") and text.endswith(("!", "?", "/A")) else text


def _text(file: Path, data: bytes) -> Sheet:
    text = _decoded(data)
    if sum(map(text.count, _CONTROLS)) > CONTROLS_SHARE_MAX * len(text):
        raise TagListUnreadable(f"{file} is no text; save the list as .xlsx or as CSV.")
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own first line
        # The line is kept as an empty one, so that rows keep their numbers.
        return Sheet(file.name, [[], *_parsed(file, rest, first[4])])
    delimiter = max(DELIMITERS, key=lambda each: _columns(text, each))
    return Sheet(file.name, _parsed(file, text, delimiter))


def _decoded(data: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    # UTF-16 of plain letters has a NUL in every other place.
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if data[first:1000:2].count(0) > len(data[:1000]) // 4:
            return data.decode(name, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        texts = [data.decode(name, errors="replace") for name in _CODE_PAGES]
        return max(texts, key=_likeness)


def _likeness(text: str) -> int:
    """Return how much the letters beyond ASCII look like those of a list of tags."""
    beyond = [letter for letter in text if letter > "\x7f"]
    return sum(1 if letter in _EXPECTED else -1 for letter in beyond)


def _columns(text: str, delimiter: str) -> int:
    """Return how many of the first rows have the most usual number of columns, if above one."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        counts = [len(row) for row, _ in zip(rows, range(SAMPLE_ROWS), strict=False)]
    except csv.Error:
        return 0
    return max((counts.count(count) * (count - 1) for count in set(counts)), default=0)


def _parsed(file: Path, text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [
            [clean(cell) for cell in row[:COLUMNS_LIMIT]]
            for row, _ in zip(reader, range(ROWS_LIMIT), strict=False)
        ]
    except csv.Error as error:
        raise TagListUnreadable(f"{file}, line {reader.line_num}: {error}.") from error
    return rows


def clean(text: str) -> str:
    """Return a text on one line, without what cannot be seen, and without blanks at the ends."""
    return " ".join(one_line(text).split())[:CELL_LIMIT_CHARACTERS]
