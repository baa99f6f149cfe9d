"""The plant is data: no code names a point, a tag or a plant of a site that we ship."""

import re
from pathlib import Path

import pytest

from schemas.site.reader import read

ROOT = Path(__file__).parents[2]
SITES = sorted(path for path in (ROOT / "deploy/sites").iterdir() if path.is_dir())
CODE = sorted(
    path
    for room in ("dashboard", "ingest", "schemas")
    for suffix in ("*.py", "*.js", "*.css", "*.sql", "*.toml")
    for path in (ROOT / room).rglob(suffix)
)


def _names(folder: Path) -> set[str]:
    """Return what only this plant is called: the site, its points and tags.

    Keys that are words of the field, such as those of lines, would be found everywhere.
    """
    site = read(folder)
    points = {name for point in site.point for name in (point.key, point.tag) if name}
    return {name.lower() for name in points if re.search(r"[a-z].*\d", name.lower())} | {
        site.site.key
    }


@pytest.mark.parametrize("folder", SITES, ids=[path.name for path in SITES])
def test_no_code_names_what_stands_in_a_site_file(folder: Path) -> None:
    names = _names(folder)
    assert len(names) > 10
    found = []
    for path in CODE:
        words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", path.read_text("utf-8").lower()))
        found += [f"{path.relative_to(ROOT)}: {name}" for name in words & names]
    assert not found, "\n".join(found)
