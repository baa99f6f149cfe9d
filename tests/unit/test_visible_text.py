"""Characters that nobody would see are shown as escapes; what people write in earnest stays."""

import sys
import unicodedata

import pytest

from schemas.visible_text import visible, visible_in


@pytest.mark.parametrize(
    "text",
    [
        "Hämeenlinna – Ströberg, 3,5 m³/h",
        "1\u00a0234\u202f567",  # spaces that do not break
        "ensin\n\ttoinen",
        "\U0001f469\u200d\U0001f52c \u2601\ufe0f \U0001f44d\U0001f3fd",  # a woman with a microscope
        "שלום العربية",
    ],
)
def test_what_people_write_in_earnest_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kuva\u202egpj.exe", "kuva\\u202egpj.exe"),
        ("\u2067Alpha\u2069 Oy", "\\u2067Alpha\\u2069 Oy"),
        ("Al\u200bpha", "Al\\u200bpha"),
        ("Al\u200dpha", "Al\\u200dpha"),
        ("Al\u00adpha\ufeff", "Al\\xadpha\\ufeff"),
        ("Al\u3164pha\u2800", "Al\\u3164pha\\u2800"),
        ("a\x1b[2Jb\x00\x7f\x85", "a\\x1b[2Jb\\x00\\x7f\\x85"),
        ("a\u2028b\U000e0041\ufe0f", "a\\u2028b\\U000e0041\\ufe0f"),
        ("a\r\nb\rc", "a\nb\\rc"),
    ],
)
def test_what_would_not_be_seen_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_control_of_unicode_passes() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        if hidden and character not in "\n\t":
            assert visible(f"a{character}b").isascii(), hex(code)


def test_texts_inside_of_json_are_shown_too() -> None:
    sent = {"fi\u202e": ["a\u2066", {"n": 1}], "x": None}
    assert visible_in(sent) == {"fi\\u202e": ["a\\u2066", {"n": 1}], "x": None}
