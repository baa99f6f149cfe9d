"""The catalogue of texts: whole in three languages, and neither more nor less than is used."""

import re
import string
from pathlib import Path

import pytest

from dashboard.texts import catalogue, text
from schemas.languages import LANGUAGES

ROOT = Path(__file__).parents[2] / "dashboard"
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py")))


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_each_text_is_there_in_every_language_with_the_same_fields(key: str) -> None:
    found = catalogue()[key]
    assert set(found) == set(LANGUAGES)
    assert all(one.strip() for one in found.values())
    assert len({frozenset(_fields(one)) for one in found.values()}) == 1


def test_each_text_is_used() -> None:
    """By its whole key, or by a key that the code puts together from a prefix."""
    built = set(re.findall(r'f"([a-z_.]+\.)\{', SOURCES))
    whole = set(re.findall(r'"([a-z_]+(?:\.[a-z0-9_]+)+)"', SOURCES))
    below = set(re.findall(r'texts_below\("([a-z]+)"', SOURCES))
    unused = [
        key
        for key in catalogue()
        if key not in whole
        and not any(key.startswith(prefix) for prefix in built)
        and key.partition(".")[0] not in below
    ]
    assert not unused


def test_words_in_braces_are_filled_in() -> None:
    assert text("kpi.coverage", "sv", share=92) == "täckning 92 %"


def test_a_text_may_tell_a_key() -> None:
    """As of an alarm without a name: the page that asked for one had failed."""
    assert "no_flow" in text("alarm_fault.no_default", "en", key="no_flow", language="fi")


def test_a_key_that_nobody_wrote_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        text("no.such", "fi")
