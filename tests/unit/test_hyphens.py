"""Long words are broken between syllables, never in the middle of one."""

import pytest

from dashboard.web.hyphens import SOFT_HYPHEN, hyphenated


@pytest.mark.parametrize(
    ("text", "language", "broken"),
    [
        ("Aktiivilieteprosessi", "fi", "Aktii-vi-lie-te-pro-sessi"),
        ("Jälkiselkeytys", "fi", "Jäl-ki-sel-key-tys"),
        ("Käänteisosmoosi", "fi", "Kään-tei-sos-moosi"),
        ("Eftersedimentering", "sv", "Efter-se-di-men-te-ring"),
        ("Ominaisenergiankulutus", "fi", "Omi-nai-se-ner-gian-ku-lu-tus"),
        ("Linko 1", "fi", "Linko 1"),
        ("Kalvopaine-ero (TMP)", "fi", "Kal-vo-paine-ero (TMP)"),
        ("Transmembrane", "en", "Transmembrane"),
    ],
)
def test_a_long_word_may_be_broken_between_syllables(text: str, language: str, broken: str) -> None:
    shown = hyphenated(text, language)
    assert shown.replace(SOFT_HYPHEN, "") == text
    assert shown.replace(SOFT_HYPHEN, "-") == broken
