"""Keys of a site file from what people call things. Pure."""

import re
import unicodedata
from collections.abc import Container

KEY_MAX_CHARACTERS = 64
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "°": "", "µ": "u"})
_OTHERS = re.compile(r"[^a-z0-9_]+")


def key_of(text: str) -> str:
    """Return a key that reads like `text`; empty if it has no Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    latin = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return _OTHERS.sub("-", latin).strip("-_")[:KEY_MAX_CHARACTERS].strip("-_")


def unused(key: str, taken: Container[str]) -> str:
    """Return the key, or with the next free number behind it."""
    number, found = 2, key
    while found in taken:
        found = f"{key[: KEY_MAX_CHARACTERS - 1 - len(str(number))]}-{number}"
        number += 1
    return found
