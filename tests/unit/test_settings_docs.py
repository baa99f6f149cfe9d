"""docs/settings.md names every setting of the ingest with its default, and no other."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from ingest.settings import IngestSettings

DOCS = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
PREFIX = "ingest_"
EMPTY = {"none": None, "empty": ()}
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+?) \|", DOCS.partition("## Ingest")[2], re.M))
FIELDS = {
    name.removeprefix(PREFIX).upper(): field.default
    for name, field in IngestSettings.model_fields.items()
    if name.startswith(PREFIX)
}


def test_all_are_documented_and_no_other() -> None:
    assert list(ROWS) == list(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_the_default_is_the_one_in_the_program(name: str) -> None:
    default, text = FIELDS[name], ROWS[name].strip("`")
    if text in EMPTY:
        assert EMPTY[text] == default
    elif isinstance(default, datetime):
        assert datetime.fromisoformat(text) == default
    else:
        assert type(default)(text) == default
