"""What people and devices wrote, with everything in it made visible.

Control characters move a terminal's cursor; bidi controls (U+202A to U+202E, U+2066 to U+2069)
turn the text around them, so that U+202E before `gpj.exe` reads `exe.jpg` (CVE-2021-42574); others
take no room, and make two names look the same. All of them are written as escapes.
"""

import re
import unicodedata
from typing import Any

LINES = "\n\t"
# Letters and marks that print nothing: fillers, joiners of combining marks, variation selectors.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# One picture of several, such as a woman with a microscope, is joined by these.
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f"}


def visible(text: str, *, kept: str = LINES) -> str:
    """Return `text` with an escape for whatever would not be seen; `kept` stays as it is.

    Spaces of any width stay, and what joins the parts of one emoji.
    """
    if text.isprintable() and not _BLANK.search(text):
        return text
    text = text.replace("\r\n", "\n")
    return "".join(
        c
        if c in kept or _is_seen(c) or (c in _JOINERS and _is_symbol(text[at - 1 : at]))
        else ascii(c)[1:-1]
        for at, c in enumerate(text)
    )


def one_line(text: str) -> str:
    """Return the text with a space for each line break, control or other unseen character."""
    return "".join(c if c.isprintable() and not _BLANK.match(c) else " " for c in text)


def visible_in(value: Any) -> Any:
    """Return what was read from JSON with `visible` texts and keys."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): visible_in(one) for key, one in value.items()}
    if isinstance(value, list):
        return [visible_in(one) for one in value]
    return value


def _is_seen(character: str) -> bool:
    if _BLANK.match(character):
        return False
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _is_symbol(character: str) -> bool:
    return character in _JOINERS or (
        character != "" and unicodedata.category(character) in {"So", "Sk"}
    )
