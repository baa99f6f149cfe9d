"""On which line of a TOML text each key stands, which the standard parser does not tell."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

# Keys, and numbers of array elements from 0: ("point", 3, "unit").
Path = tuple[str | int, ...]

_KEYS = ("bare_key", "quoted_key", "dotted_key")


def lines(text: str) -> dict[Path, int]:
    """Return the line, from 1, on which each table, key and array element of `text` begins.

    `text` must be TOML that `tomllib` accepts.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    root = _parser().parse(text.encode()).root_node
    for node in root.named_children:
        if node.type == "pair":
            _read_pair(node, (), found)
        elif node.type in ("table", "table_array_element"):
            _read_table(node, found, counts)
    return found


def line_of(path: Path, found: Mapping[Path, int]) -> int:
    """Return the line of `path`, or of what contains it: a key that is missing has no line."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


def _read_table(node: Node, found: dict[Path, int], counts: dict[Path, int]) -> None:
    heading, *body = node.named_children
    is_array = node.type == "table_array_element"
    path: Path = ()
    keys = _keys(heading)
    for depth, key in enumerate(keys, start=1):
        path = (*path, key)
        found.setdefault(path, _line(node))
        if is_array and depth == len(keys):
            counts[path] = counts.get(path, 0) + 1
        # [point.states] after [[point]] belongs to the last point.
        if path in counts:
            path = (*path, counts[path] - 1)
            found.setdefault(path, _line(node))
    for child in body:
        if child.type == "pair":
            _read_pair(child, path, found)


def _read_pair(node: Node, path: Path, found: dict[Path, int]) -> None:
    key, value = (child for child in node.named_children if child.type != "comment")
    for part in _keys(key):
        path = (*path, part)
        found.setdefault(path, _line(node))
    _read_value(value, path, found)


def _read_value(node: Node, path: Path, found: dict[Path, int]) -> None:
    if node.type == "inline_table":
        for child in _without_comments(node):
            _read_pair(child, path, found)
    elif node.type == "array":
        for number, child in enumerate(_without_comments(node)):
            found[(*path, number)] = _line(child)
            _read_value(child, (*path, number), found)


def _without_comments(node: Node) -> Iterator[Node]:
    return (child for child in node.named_children if child.type != "comment")


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _keys(node: Node) -> list[str]:
    """Return the parts of a key as the standard parser reads them, quotes and escapes included."""
    text = (node.text or b"").decode()
    here = tomllib.loads(f"{text} = 0")
    keys = []
    while isinstance(here, dict):
        ((key, here),) = here.items()
        keys.append(key)
    return keys
