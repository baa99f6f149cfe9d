"""JSON as firmware prints it: what is wrong with one number costs only that number.

C prints `nan`, `-inf`, `21.`, `.5` and `+3`, ends texts with NUL, and leaves a comma behind the
last element. Such a text is rewritten word by word into JSON; what is no number at all (`ovf`,
`****`, nothing) becomes a text, and is refused where a number belongs. Never guessed: a comma for a
decimal point, or what a document that breaks off would have said.
"""

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

INTEGER_LIMIT_DIGITS = 30
NOTHING = '""'  # stands where a value is missing

# A text (to the end, if it is not closed), a sign of structure, or a word; blanks are passed over.
_PART = re.compile(
    r'"(?:[^"\\]|\\.)*"?|[\[\]{}:,]|[^\s\[\]{}:,"](?:[^\[\]{}:,"]*[^\s\[\]{}:,"])?', re.DOTALL
)
_NUMBER = re.compile(r"(?=.?\.?\d)([+-]?)0*(\d*)(?:\.(\d*))?([eE][+-]?\d+)?", re.ASCII)
# C prints nan, -nan, nan(0x7ff8…), -nan(ind), older Microsoft libraries 1.#QNAN, 1.#IND, 1.#INF.
_NAN = re.compile(r"[+-]?(nan[sq]?(\(\w*\))?|1\.#(nan|[qs]nan|ind)\d*)", re.IGNORECASE)
_INFINITY = re.compile(r"([+-]?)(inf(inity)?|1\.#inf\d*)", re.IGNORECASE)
_OTHER_QUOTES = "'`\u2018\u2019\u201c\u201d"
_LITERALS = ("true", "false", "null")


def nearly_json(payload: bytes) -> object:
    """Return the document. Raises ValueError or RecursionError for what cannot be read even so.

    Bytes that are no UTF-8 (or UTF-16, where a mark says so) count as unknown letters. NaN and
    infinite numbers are floats.
    """
    encoding = "utf-16" if payload.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    text = payload.decode(encoding, errors="replace").strip("\0 \t\r\n")
    return _decoder.decode(_rewritten(text))


def _rewritten(text: str) -> str:
    """Return the text with every word as JSON has it."""
    done: list[str] = []
    opened: list[str] = []
    for part in _PART.findall(text):
        last = done[-1] if done else ""
        if part in ("[", "{"):
            opened.append(part)
        elif part in ("]", "}") and opened:
            if last == ",":
                done.pop()
            elif last == ":":
                done.append(NOTHING)
            opened.pop()
        elif part == "," and (last == ":" or (last in ("[", ",") and opened[-1:] == ["["])):
            done.append(NOTHING)
        # A key in other quotation marks would be another key.
        is_foreign = part[0] in _OTHER_QUOTES and opened[-1:] == ["{"] and last in ("{", ",")
        is_word = part[0] not in '"[]{}:,' and not is_foreign
        done.append(_word(part, inside=bool(opened)) if is_word else part)
    return " ".join(done)


def _word(word: str, *, inside: bool) -> str:
    """Return a word that stands outside of quotation marks; a lone one must be a number."""
    number = _NUMBER.fullmatch(word)
    if number:
        return _number(*number.groups())
    if _NAN.fullmatch(word):
        return "NaN"
    if infinity := _INFINITY.fullmatch(word):
        return "-Infinity" if infinity[1] == "-" else "Infinity"
    return word if word in _LITERALS or not inside else json.dumps(word)


def _number(sign: str, whole: str, decimals: str | None, power: str | None) -> str:
    """Return a number with the digits before and behind the point that JSON wants."""
    found = f"{sign.strip('+')}{whole or '0'}"
    if decimals is not None:
        found += f".{decimals or '0'}"
    return f"{found}{power or ''}"


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= INTEGER_LIMIT_DIGITS else float(digits)


_decoder = json.JSONDecoder(parse_int=_integer, strict=False)
