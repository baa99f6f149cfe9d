"""Reads the site file: one TOML file, or all of a folder, and reports every error at once."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.errors import SiteFileError
from schemas.site import (
    Company,
    Head,
    Instrument,
    LimitSet,
    Line,
    Mapping,
    Point,
    Site,
    Table,
    Trial,
)
from schemas.site_checks import check
from schemas.site_draft import Draft
from schemas.site_part import Part, Problem
from schemas.site_sentences import meant, problems
from schemas.toml_lines import line_of, lines

FILE_LIMIT_BYTES = 16 * 1024 * 1024

TABLES: dict[str, type[Table]] = {
    "site": Head,
    "line": Line,
    "point": Point,
    "instrument": Instrument,
    "company": Company,
    "trial": Trial,
    "limit_set": LimitSet,
    "mapping": Mapping,
}
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read(path: Path) -> Site:
    """Read the file at `path`, or all *.toml files of the folder, as one site.

    Raises SiteFileError with all problems, sorted by file and line.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise SiteFileError([f"{path}: there is no *.toml file in this folder"])
    found: list[Problem] = []
    parts = [part for file in files for part in _parts(file, found)]
    unreadable = {problem.file for problem in found} - {part.file for part in parts}
    draft = Draft()
    for part in parts:
        model = TABLES[str(part.path[0])]
        try:
            draft.add(part, model.model_validate(part.content))
        except ValidationError as error:
            draft.add(part, None)
            found += problems(part, model, error)
    # References into a file that could not be read would all seem to be wrong.
    found += check(draft, with_references=not unreadable)
    if not found:
        return _site(draft, files[0].name)
    raise SiteFileError([str(problem) for problem in sorted(set(found))])


def _site(draft: Draft, file: str) -> Site:
    content: dict[str, Any] = {table: draft.values(model) for table, model in TABLES.items()}
    missing = [f"[{t}]" if t == "site" else f"[[{t}]]" for t in ("site", "line") if not content[t]]
    if missing:
        raise SiteFileError([f"{file}:1: there is no {table} in any file" for table in missing])
    return Site(**(content | {"site": content["site"][0]}))


def _parts(file: Path, found: list[Problem]) -> Iterator[Part]:
    """Yield the tables of a file; what is wrong with the file itself goes to `found`."""
    try:
        text = _text(file)
        content = tomllib.loads(text)
    except OSError as error:
        found.append(Problem(file.name, 1, f"cannot be read: {error.strerror}"))
        return
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        found.append(Problem(file.name, line, "is not UTF-8; save the file with that encoding"))
        return
    except tomllib.TOMLDecodeError as error:
        found.append(_syntax_problem(file.name, text, str(error)))
        return
    where = lines(text)
    for table, value in content.items():
        line = line_of((table,), where)
        if table not in TABLES:
            hint = meant(table, list(TABLES)) or f"; known tables: {', '.join(TABLES)}"
            found.append(Problem(file.name, line, f"{table}: is not a table here{hint}"))
        elif table == "site" and isinstance(value, dict):
            yield Part(file.name, (table,), value, where)
        elif table != "site" and _is_list_of_tables(value):
            for number, element in enumerate(value):
                yield Part(file.name, (table, number), element, where)
        else:
            right = "[site]" if table == "site" else f"[[{table}]]"
            found.append(Problem(file.name, line, f"{table}: write it as a table {right}"))


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        data = stream.read(FILE_LIMIT_BYTES + 1)
    if len(data) > FILE_LIMIT_BYTES:
        raise OSError(0, f"it is larger than {FILE_LIMIT_BYTES} bytes")
    return data.decode("utf-8-sig")


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(element, dict) for element in value)


def _syntax_problem(file: str, text: str, message: str) -> Problem:
    match = _WHERE.search(message)
    line = int(match[1]) if match and match[1] else text.count("\n") + 1
    column = f"column {match[2]}: " if match and match[2] else ""
    reason = _WHERE.sub("", message)
    if reason == "Cannot overwrite a value":
        reason = "the key stands twice in its table"
    return Problem(file, line, f"{column}not valid TOML: {reason}")
