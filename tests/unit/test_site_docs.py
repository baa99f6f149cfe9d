"""docs/site-file.md describes every key of the site file, and no other."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.site.alarms.alarm import Alarm
from schemas.site.elements import Asset, Quantity, Stream
from schemas.site.key_figures import SiteKeyFigure
from schemas.site.mapping_tables import MappedStatus, MappedTime, MappedValue, Mapping
from schemas.site.messages import EXAMPLES
from schemas.site.model import Company, Head, Instrument, Limit, LimitSet, Line, Point, Site, Trial
from schemas.site.state_windows import StateWindow

DOCS = Path(__file__).parents[2] / "docs/site-file.md"
TABLES: dict[str, type[BaseModel]] = {
    "[site]": Head,
    "[[line]]": Line,
    "[[instrument]]": Instrument,
    "[[point]]": Point,
    "[[asset]]": Asset,
    "[asset.properties]": Quantity,
    "[[stream]]": Stream,
    "[[key_figure]]": SiteKeyFigure,
    "[[company]]": Company,
    "[[trial]]": Trial,
    "[[limit_set]]": LimitSet,
    "[[limit_set.limit]]": Limit,
    "[[alarm]]": Alarm,
    "[[state_window]]": StateWindow,
    "[[mapping]]": Mapping,
    "[mapping.time]": MappedTime,
    "[mapping.status]": MappedStatus,
    "[[mapping.value]]": MappedValue,
}


def _documented() -> dict[str, dict[str, tuple[str, str]]]:
    """Return type and default of each key, by the heading of its table."""
    _, *parts = re.split(r"^## `(\[.*\])`$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    row = re.compile(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)
    return {
        heading: {key: (kind, default) for key, kind, default in row.findall(text)}
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _fields(heading: str) -> dict[str, FieldInfo]:
    """Return the keys of a table as they are written."""
    return {field.alias or key: field for key, field in TABLES[heading].model_fields.items()}


def test_every_table_has_a_heading() -> None:
    assert list(_documented()) == list(TABLES)
    assert set(Site.model_fields) == {name.strip("[]") for name in TABLES if "." not in name}


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_is_documented_with_its_default(heading: str) -> None:
    documented, fields = _documented()[heading], _fields(heading)
    assert set(documented) == set(fields)
    for key, field in fields.items():
        default = documented[key][1]
        assert default.startswith("required") == field.is_required(), key
        if not field.is_required() and isinstance(field.default, bool | float | str):
            assert default.strip("`") in (str(field.default).lower(), f'"{field.default}"'), key


@pytest.mark.parametrize("heading", TABLES)
def test_every_choice_is_documented(heading: str) -> None:
    for key, field in _fields(heading).items():
        choices = re.findall(r"'(\w+)'", str(field.annotation)) if "Literal" in str(field) else []
        assert re.findall(r'"(\w+)"', _documented()[heading][key][0]) == choices, key


def test_every_text_that_must_be_there_has_an_example() -> None:
    required = {
        (key, str(field.annotation))
        for model in TABLES.values()
        for key, field in model.model_fields.items()
        if field.is_required()
    }
    without = {key for key, kind in required if "Literal" not in kind and "tuple" not in kind}
    assert without | {"fi", "en", "sv"} == set(EXAMPLES)
