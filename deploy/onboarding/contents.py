"""What the cells of a column can be, whatever its heading says. Pure."""

import re
from collections.abc import Callable, Sequence

from deploy.onboarding.kind_guess import said_kind
from deploy.onboarding.plain import LETTERS
from deploy.onboarding.unit_guess import guess_unit

CELLS_MIN = 8  # fewer show nothing of how often a cell repeats
DISTINCT_SHARE_MIN = 0.5
MOST_SHARE = 0.6
_BLOCK = re.compile(r"[A-Z]{2,}\d+")  # of a controller's data; "DB1" is no decibel


def can_be_tags(cells: Sequence[str]) -> bool:
    """Tell whether cells may name rows: most of them stand there once."""
    return len(cells) < CELLS_MIN or _mostly_once(cells)


def looks_like(cells: Sequence[str]) -> str | None:
    """Return the field that a column without a known heading holds, or None if nothing shows it.

    It is one of "unit", "kind", "tag" and "name" with its language.
    """
    if not cells:
        return None
    found = next((field for field, is_one in _LOOKS.items() if _most(cells, is_one)), None)
    if found in {"tag", "name"} and not _mostly_once(cells):
        return None
    return f"name.{_language(cells)}" if found == "name" else found


def _mostly_once(cells: Sequence[str]) -> bool:
    return len(set(cells)) >= DISTINCT_SHARE_MIN * len(cells)


def _most(cells: Sequence[str], is_one: Callable[[str], bool]) -> bool:
    return sum(map(is_one, cells)) >= MOST_SHARE * len(cells)


def _is_unit(cell: str) -> bool:
    # A single letter is a unit, too, and more often the name of an area.
    if len(cell) < 2 or cell[0].isdigit() or _BLOCK.fullmatch(cell):
        return False
    return guess_unit(cell) is not None


def _is_type(cell: str) -> bool:
    return said_kind(cell) is not None


def _is_tag(cell: str) -> bool:
    return " " not in cell and any(map(str.isdigit, cell)) and bool(LETTERS.search(cell))


def _is_name(cell: str) -> bool:
    return len(LETTERS.findall(cell)) > 1


_LOOKS: dict[str, Callable[[str], bool]] = {
    "unit": _is_unit,
    "kind": _is_type,
    "tag": _is_tag,
    "name": _is_name,
}


def _language(cells: Sequence[str]) -> str:
    """Return the language that the letters of names are usual in."""
    text = "".join(cells).casefold()
    if "å" in text:
        return "sv"
    return "fi" if set("äö") & set(text) else "en"
