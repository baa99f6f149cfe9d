"""Soft hyphens for long words: browsers hyphenate Finnish not at all, and Swedish seldom.

The rule of Finnish, which suits Swedish compounds well enough: a syllable begins with the last
consonant before a vowel.
"""

import re

SOFT_HYPHEN = "\u00ad"
WORD_MIN_LETTERS = 9
EDGE_LETTERS = 3  # stay together at either end
LANGUAGES = frozenset({"fi", "sv"})

_VOWEL = "[aeiouyäöåAEIOUYÄÖÅ]"
_CONSONANT = "[bcdfghjklmnpqrstvwxzšž]"
# Of a loan word two consonants may begin a syllable: pro-ses-si, kom-pres-so-ri.
_BEGIN = rf"[ptkbdgf][rl]{_VOWEL}|(?<![ptkbdgf](?=[rl])){_CONSONANT}{_VOWEL}"
_EDGE = rf"\w{{{EDGE_LETTERS}}}"
_SYLLABLE = re.compile(rf"(?<={_EDGE})(?={_EDGE})(?={_BEGIN})")
_WORD = re.compile(rf"[^\W\d_]{{{WORD_MIN_LETTERS},}}")


def hyphenated(text: str, language: str) -> str:
    """Return a text with soft hyphens in its long words, where a line may end."""
    if language not in LANGUAGES:
        return text
    return _WORD.sub(lambda word: _SYLLABLE.sub(SOFT_HYPHEN, word[0]), text)
