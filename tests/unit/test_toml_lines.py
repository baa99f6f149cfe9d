"""Every key and every element of a TOML file has its line."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.site.toml_lines import line_of, lines

MIKKELI = Path(__file__).parents[2] / "deploy/sites/mikkeli"
TRICKY = """\
# a comment
top = 1
[a.b]            # 3
"quoted key" = { x = 1, y.z = 2 }
c.d = 3
list = [
    1,           # 7
    # between
    { e = 4 },   # 9
]
[[t]]            # 11
f = '''
two lines'''
[t.sub]          # 14
'é.ü' = 5
[[t.deep]]
g = 6
[[t.deep]]       # 18
[[t]]            # 19
g = 7
"""


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, (*path, number))


def test_each_way_to_write_a_key() -> None:
    found = lines(TRICKY)
    assert {path: found[path] for path in _paths(tomllib.loads(TRICKY))} == {
        ("top",): 2,
        ("a",): 3,
        ("a", "b"): 3,
        ("a", "b", "quoted key"): 4,
        ("a", "b", "quoted key", "x"): 4,
        ("a", "b", "quoted key", "y"): 4,
        ("a", "b", "quoted key", "y", "z"): 4,
        ("a", "b", "c"): 5,
        ("a", "b", "c", "d"): 5,
        ("a", "b", "list"): 6,
        ("a", "b", "list", 0): 7,
        ("a", "b", "list", 1): 9,
        ("a", "b", "list", 1, "e"): 9,
        ("t",): 11,
        ("t", 0): 11,
        ("t", 0, "f"): 12,
        ("t", 0, "sub"): 14,
        ("t", 0, "sub", "é.ü"): 15,
        ("t", 0, "deep"): 16,
        ("t", 0, "deep", 0): 16,
        ("t", 0, "deep", 0, "g"): 17,
        ("t", 0, "deep", 1): 18,
        ("t", 1): 19,
        ("t", 1, "g"): 20,
    }


def test_what_is_missing_has_the_line_of_what_it_is_missing_from() -> None:
    found = lines(TRICKY)
    assert line_of(("t", 1, "nothing"), found) == 19
    assert line_of(("t", 0, "deep", 1, "x", 3), found) == 18
    assert line_of(("nothing",), found) == 1


@pytest.mark.parametrize("file", sorted(MIKKELI.glob("*.toml")), ids=lambda file: file.name)
def test_every_key_of_the_shipped_site_stands_on_its_line(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found, written = lines(text), text.splitlines()
    for path in _paths(tomllib.loads(text)):
        if isinstance(path[-1], str):
            assert path[-1] in written[found[path] - 1], path
