"""Words of the catalogue in what people write, whatever their endings. Pure."""

import re
import unicodedata

STEM_MIN_CHARACTERS = 4
ENDING_MAX_CHARACTERS = 3  # "Ilmastusallas" stands as "ilmastusaltaan", "Pump" as "pumpens"
INFLECTED_MAX_CHARACTERS = 6  # behind a stem: "jälkiselkeytyksen"
SHORTENED_MAX_CHARACTERS = 1  # by an ending: "temperatur" is one of "temperature"

_ACCENTS = "\u0300\u0301\u0302\u0303\u0327"  # grave, acute, circumflex, tilde, cedilla

LETTERS = re.compile(r"[^\W\d_]+")
WORD = re.compile(r"[^\W\d_][^\W_]*")  # with the number that makes it another: "bod5", "bod7"


def plain(text: str) -> str:
    """Return a text in small letters, its raised and lowered digits as others: "bod7"."""
    return without_accents(unicodedata.normalize("NFKC", text)).casefold()


def without_accents(text: str) -> str:
    """Return a text without the marks that capitals go without in Spanish, French and Italian.

    The dots and rings of Northern letters make others of them and stay.
    """
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(one for one in apart if one not in _ACCENTS))


def stands_in(name: str, text: str) -> bool:
    """Tell whether a text has all words of a name, whatever their endings."""
    return all(has(part, text) for part in LETTERS.findall(name))


def has(word: str, text: str) -> bool:
    """Tell whether a word, less an ending, stands in a text; a short one must be a whole word.

    Of four letters, it may end another: "inloppspump".
    """
    if len(word) <= STEM_MIN_CHARACTERS:
        found = {*WORD.findall(text), *LETTERS.findall(text)}
        is_ending = len(word) == STEM_MIN_CHARACTERS and any(one.endswith(word) for one in found)
        return word in found or is_ending
    begin, least = stem(word), len(word) - SHORTENED_MAX_CHARACTERS
    return any(
        len(found) >= least and (word in found or _is_ended(found, begin, word[:least]))
        for found in LETTERS.findall(text)
        if begin in found
    )


def without(name: str, text: str) -> str:
    """Return the words of a text that no word of a name is, or is part of."""
    parts = LETTERS.findall(name)
    return " ".join(
        word for word in LETTERS.findall(text) if not any(has(part, word) for part in parts)
    )


def stem(word: str) -> str:
    """Return the begin of a word that its endings leave as it is."""
    return word[: max(STEM_MIN_CHARACTERS + 1, len(word) - ENDING_MAX_CHARACTERS)]


def _is_ended(found: str, begin: str, shortened: str) -> bool:
    """Tell whether behind a stem only an ending follows: "Rohwassertemperatur" is no Wasserturm.

    Within a word it must be nearly all of it: a "Zentrat" is no "entrada".
    """
    within, _, ending = found.partition(begin)
    return len(ending) <= INFLECTED_MAX_CHARACTERS and (not within or shortened in found)
