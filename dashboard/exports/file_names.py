"""Names of files, from names that somebody else chose."""

import re

NAME_MAX_CHARACTERS = 80

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


def safe_name(name: str) -> str:
    """Return a name that is a single plain file name everywhere, Windows included."""
    plain = _UNSAFE.sub("_", name)[:NAME_MAX_CHARACTERS].strip("-_")
    return f"_{plain}" if not plain or _RESERVED.fullmatch(plain) else plain


def distinct_names(names: dict[int, str]) -> dict[int, str]:
    """Return a safe name for each id; names that are equal but for case get the id."""
    safe = {number: safe_name(name) for number, name in names.items()}
    lower = [name.lower() for name in safe.values()]
    return {
        number: name if lower.count(name.lower()) == 1 else f"{name}-{number}"
        for number, name in safe.items()
    }
