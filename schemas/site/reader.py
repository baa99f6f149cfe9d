"""Reads the site file: one TOML file, or all of a folder, and reports every error at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.errors import SiteFileError
from schemas.site.alarms.alarm import Alarm
from schemas.site.defaults import completed
from schemas.site.draft import Draft
from schemas.site.elements import Asset, Stream
from schemas.site.formula_checks import formula_problems
from schemas.site.key_figure_checks import key_figure_problems
from schemas.site.key_figures import SiteKeyFigure
from schemas.site.mapping_tables import Mapping
from schemas.site.messages import meant, problems
from schemas.site.model import Company, Head, Instrument, LimitSet, Line, Point, Site, Trial
from schemas.site.part import Part, Problem
from schemas.site.reference_checks import check
from schemas.site.remarks import remarks
from schemas.site.state_windows import StateWindow
from schemas.site.table import Table
from schemas.site.toml_file import read_toml
from schemas.site.toml_lines import line_of

TABLES: dict[str, type[Table]] = {
    "site": Head,
    "line": Line,
    "point": Point,
    "instrument": Instrument,
    "company": Company,
    "trial": Trial,
    "limit_set": LimitSet,
    "mapping": Mapping,
    "asset": Asset,
    "stream": Stream,
    "alarm": Alarm,
    "state_window": StateWindow,
    "key_figure": SiteKeyFigure,
}


class Survey(NamedTuple):
    """A site, and what whoever wrote its file may want to know; each remark is one line."""

    site: Site
    remarks: list[str]


def read(path: Path) -> Site:
    """Read the file at `path`, or all *.toml files of the folder, as one site.

    Raises SiteFileError with all problems, sorted by file and line.
    """
    return survey(path).site


def survey(path: Path) -> Survey:
    """Read a site as `read` does, and say what is right but probably not meant."""
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise SiteFileError([f"{path}: there is no *.toml file in this folder"])
    found: list[Problem] = []
    parts = [part for file in files for part in _parts(file, found)]
    # What could not be read leaves gaps, by which references and whole tables would seem wrong.
    complete = not found
    draft = Draft()
    for part in completed(parts):
        model = TABLES[str(part.path[0])]
        try:
            draft.add(part, model.model_validate(part.content))
        except ValidationError as error:
            draft.add(part, None)
            found += problems(part, model, error)
    if complete:
        found += _missing(draft, files[0].name)
    found += check(draft, with_references=complete)
    found += formula_problems(draft, with_points=not found)
    found += key_figure_problems(draft, with_points=not found)
    if found:
        raise SiteFileError([str(problem) for problem in sorted(set(found))])
    content: dict[str, Any] = {table: draft.values(model) for table, model in TABLES.items()}
    site = Site(**(content | {"site": content["site"][0]}))
    return Survey(site, [str(remark) for remark in sorted(remarks(draft))])


def _missing(draft: Draft, file: str) -> Iterator[Problem]:
    for table, heading in (("site", "[site]"), ("line", "[[line]]")):
        if not draft.parts(table):
            yield Problem(file, 1, f"there is no {heading} in any file")


def _parts(file: Path, found: list[Problem]) -> Iterator[Part]:
    """Yield the tables of a file; what is wrong with the file itself goes to `found`."""
    toml = read_toml(file)
    if isinstance(toml, Problem):
        found.append(toml)
        return
    content, where = toml
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


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(element, dict) for element in value)
