"""The catalogue of texts: every word on the screen in Finnish, Swedish and English."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGE_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
DEFAULT_LANGUAGE = "fi"


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return all texts: key, then language."""
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(
        (files("dashboard") / "texts.toml").read_text(encoding="utf-8")
    )
    return found


def text(key: str, language: str, /, **values: object) -> str:
    """Return one text with `{name}` replaced by the values.

    Raises KeyError for a key that the catalogue does not have: a test looks for such.
    """
    found = catalogue()[key][language]
    return found.format(**values) if values else found


def names(key: str) -> Mapping[str, str]:
    """Return one text in all languages. Raises KeyError."""
    return catalogue()[key]


def texts_below(prefix: str, language: str) -> dict[str, str]:
    """Return all texts whose key begins with `prefix` and a dot, by the rest of their key."""
    return {
        key.removeprefix(f"{prefix}."): found[language]
        for key, found in catalogue().items()
        if key.startswith(f"{prefix}.")
    }
