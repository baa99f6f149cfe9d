"""Named SQL: every query lives in `schemas/sql/queries/*.sql` below a `-- name: word` line."""

import re
from functools import cache
from importlib.resources import files

_HEADING = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def queries(room: str) -> dict[str, str]:
    """Return the queries of `schemas/sql/queries/<room>.sql` by name.

    Raises FileNotFoundError for an unknown room; KeyError on the result names an unknown query.
    """
    return parse((files("schemas") / "sql" / "queries" / f"{room}.sql").read_text(encoding="utf-8"))


def parse(text: str) -> dict[str, str]:
    """Return the queries of a text by the names above them, each with its description."""
    _, *parts = _HEADING.split(text)
    return dict(zip(parts[::2], (sql.strip() for sql in parts[1::2]), strict=True))
