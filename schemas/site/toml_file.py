"""Reads one TOML file with the lines of its keys, or tells what is wrong and how to write it."""

import re
import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from schemas.site.part import Problem
from schemas.site.toml_lines import Path as KeyPath
from schemas.site.toml_lines import lines

FILE_LIMIT_BYTES = 16 * 1024 * 1024

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
# What the standard parser says, as a pattern, and what its reader can do about it.
_REASONS = (
    (r"Illegal character '\\n'", "the text is not closed with a quotation mark on its line"),
    (r"Expected ['\"]{3}|Unterminated string", "a text is not closed with a quotation mark"),
    ("Unclosed array", "a list is not closed with ]"),
    ("Invalid value", 'no value stands here; a text has quotation marks, "m3/h", and true and '
     "false are written small"),
    ("Expected newline or end of document", "more stands here than one value; a number has a "
     "decimal point, 0.5, a day is written 2026-09-01, and a text has quotation marks"),
    ("Expected '=' after a key", "an = is missing between key and value"),
    ("Expected '\\]+'", "the heading is not closed as it was opened, [site] or [[point]]"),
    ("Invalid initial character for a key part", "no key stands here; a table in braces is "
     "written on one line, without a comma at its end"),
    ("Unescaped '", "a backslash in a text is written twice"),
    ("Cannot overwrite a value", "the key stands twice in its table"),
    (r"Cannot declare .* twice", "the table stands twice"),
    ("Invalid date or datetime", "there is no such day or time"),
)  # fmt: skip


class TomlFile(NamedTuple):
    """What a file says, and the line on which each key stands."""

    content: dict[str, Any]
    lines: Mapping[KeyPath, int]


def read_toml(file: Path) -> TomlFile | Problem:
    """Read a file as a whole, or return the first thing that makes it unreadable."""
    text = ""
    try:
        text = _text(file)
        return TomlFile(tomllib.loads(text), lines(text))
    except OSError as error:
        return Problem(file.name, 1, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        sentence = f"is not UTF-8; save the file with that encoding ({_looks_like(error.object)})"
        return Problem(file.name, line, sentence)
    except tomllib.TOMLDecodeError as error:
        return _syntax_problem(file.name, text, str(error))
    except (ValueError, RecursionError):  # a number of thousands of digits, lists without end
        return Problem(file.name, 1, "has a number that is too long, or lists that are too deep")


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        data = stream.read(FILE_LIMIT_BYTES + 1)
    if len(data) > FILE_LIMIT_BYTES:
        raise OSError(0, f"it is larger than {FILE_LIMIT_BYTES} bytes")
    text = data.decode("utf-8-sig")
    if "\0" in text:  # UTF-16 of plain letters, without a mark, can be read as UTF-8
        at = data.index(b"\0")
        raise UnicodeDecodeError("utf-8", data, at, at + 1, "a NUL")
    return text


def _looks_like(data: bytes) -> str:
    """Return which encoding bytes that are no UTF-8 probably have."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in data[:100]:
        return 'it looks like UTF-16, which Windows calls "Unicode"'
    return "it looks like Windows-1252 or Latin-1"


def _syntax_problem(file: str, text: str, message: str) -> Problem:
    match = _WHERE.search(message)
    line = int(match[1]) if match and match[1] else text.count("\n") + 1
    column = f"column {match[2]}: " if match and match[2] else ""
    said = _WHERE.sub("", message)
    reason = next((ours for theirs, ours in _REASONS if re.match(theirs, said)), said)
    return Problem(file, line, f"{column}not valid TOML: {reason}")
