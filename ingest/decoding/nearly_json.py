"""JSON as firmware prints it: what is wrong with one number costs only that number.

C prints `nan`, `-inf`, `21.`, `.5` and `+3`, ends texts with NUL, and leaves a comma behind the
last element. Such a text is rewritten word by word into JSON; what is no number at all (`ovf`,
`****`, nothing) becomes a text, and is refused where a number belongs. Never guessed: a comma for a
decimal point, or what a document that breaks off would have said.
"""

import codecs
import json
import re

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
AROUND = "\0 \t\r\n"  # a document
WESTERN = "virtaama-windows-1252"  # how bytes are read that are no UTF-8
_LITERALS = ("true", "false", "null")


def nearly_json(payload: bytes) -> object:
    """Return the document. Raises ValueError or RecursionError for what cannot be read even so.

    NaN and infinite numbers are floats.
    """
    return _decoder.decode(_rewritten(text_of(payload)))


def text_of(payload: bytes) -> str:
    """Return a payload as text, without what is nothing around a document.

    UTF-16 and UTF-32 are known by their zeros, also without a mark. What is no UTF-8 is read as
    Windows-1252, letter by letter: old controllers know no other.
    """
    encoding = json.detect_encoding(payload.rstrip(AROUND.encode()))
    errors = WESTERN if encoding.startswith("utf-8") else "replace"
    return payload.decode(encoding, errors).strip(AROUND)


def _western(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


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


codecs.register_error(WESTERN, _western)
_decoder = json.JSONDecoder(parse_int=_integer, strict=False)
