"""Numbers that a payload has as texts: decimal commas, parted thousands, units, limits.

By the rule of the mapping, never by a guess: "1,234" is two numbers, and only the mapping can say
which. What can be but one number is read as that.
"""

import re
from typing import Literal

from ingest.decoding.rejection import Reason, Unreadable, quote
from ingest.decoding.values import finite
from schemas.quality import Check
from schemas.site.mapping import ValueMapping

Mark = Literal[".", ","]

# What parts thousands and nothing else: blanks (plain, no-break, thin, narrow no-break) and the
# apostrophes of Switzerland.
_BLANKS = " \u00a0\u2009\u202f'\u2019"
_MINUS = "\u2212"
_LIMIT = re.compile(r"\s*([<>\u2264\u2265])=?(.*)", re.DOTALL)  # also ≤ and ≥
_WITH_UNIT = re.compile(r"([+-]?\d[\d.,]*)\s*((?:[^\W\d_]|[%\u00b0\u2030]).*)")
_HEXADECIMAL = re.compile("0[xX][0-9a-fA-F]+|[0-9a-fA-F]+[hH]?")  # its letters are no unit
_BELOW = "<\u2264"


def _grouped(decimal: str, other: str) -> re.Pattern[str]:
    """Match numbers whose thousands are parted beyond doubt."""
    blanks = rf"\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+"
    marks = rf"\d{{1,3}}(?:(?:{other}\d{{3}})+(?={decimal})|(?:{other}\d{{3}}){{2,}})"
    return re.compile(rf"[+-]?(?:{blanks}|{marks})(?:{decimal}\d*)?")


# By the decimal mark: parted thousands, and what may be thousands or decimals.
_GROUPED: dict[Mark, re.Pattern[str]] = {",": _grouped(",", r"\."), ".": _grouped(r"\.", ",")}
_EITHER: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2},\d{3}"),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}"),
}


def number_of_text(text: str, mapping: ValueMapping) -> tuple[float, Check]:
    """Return the number of a text and, of a result beyond a limit, on which side of it.

    The number is that of the text, in the unit of the payload. Raises Unreadable (UNKNOWN_STATE,
    NOT_FINITE).
    """
    written, check = text, Check(0)
    limit = _LIMIT.fullmatch(text) if mapping.censored else None
    if limit:
        is_below = (limit[1] in _BELOW) == (mapping.scale > 0)
        written, check = limit[2], Check.BELOW_LIMIT if is_below else Check.ABOVE_LIMIT
    bare = _without(mapping.suffix, written)
    number = None if bare is None else _number(bare, mapping.decimal)
    if number is None:
        known = ", ".join(mapping.states or {}) or "none"
        sentence = f"{quote(text)} is neither a number nor a known state ({known})"
        raise Unreadable(Reason.UNKNOWN_STATE, sentence + _hint(text, mapping))
    if limit and (number < 0 or (number == 0 and limit[1] in _BELOW)):
        sentence = f"{quote(text)} is no result: what is counted ends at 0"
        raise Unreadable(Reason.UNKNOWN_STATE, sentence)
    return finite(number), check


def _without(suffix: str | None, text: str) -> str | None:
    """Return a text without what must stand behind its number; None if that is not there."""
    if suffix is None:
        return text
    text = text.rstrip()
    return text.removesuffix(suffix).rstrip() if text.endswith(suffix) else None


def _number(text: str, decimal: Mark | None) -> float | None:
    """Return the number of a text; None if there is none, or more than one that it can be."""
    if "_" in text:  # Python reads 1_000, nobody else does
        return None
    if decimal is not None:
        text = text.strip().replace(_MINUS, "-")
        if _GROUPED[decimal].fullmatch(text):
            parting = _BLANKS + ("," if decimal == "." else ".")
            text = text.translate(dict.fromkeys(map(ord, parting)))
        elif _EITHER[decimal].fullmatch(text):
            return None
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def _hint(text: str, mapping: ValueMapping) -> str:
    """Return what the mapping would have to say for this text to be a number."""
    limit = _LIMIT.fullmatch(text)
    if limit and not mapping.censored:
        return "; for results beyond a limit say `censored = true` in the mapping"
    written = limit[2].strip() if limit else text.strip()
    if mapping.suffix is not None and not written.endswith(mapping.suffix):
        return f"; the mapping says `suffix = {quote(mapping.suffix)}`"
    is_plain = mapping.suffix is None and not _HEXADECIMAL.fullmatch(written)
    found = _WITH_UNIT.fullmatch(written) if is_plain else None
    if found and _number(found[1], mapping.decimal) is not None:
        return f"; if its unit is that of the mapping, say `suffix = {quote(found[2])}`"
    for decimal in _GROUPED if mapping.decimal is None else ():
        number = _number(written, decimal)
        if number is not None:
            return f'; if it is {number:.15g}, say `decimal = "{decimal}"` in the mapping'
    if mapping.decimal is not None and _EITHER[mapping.decimal].fullmatch(written):
        return f'; with `decimal = "{mapping.decimal}"` its mark can part thousands or decimals'
    return ""
