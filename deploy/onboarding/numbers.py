"""Numbers of a list as people write them: decimal comma or point, ranges in one cell. Pure."""

import re
from collections.abc import Iterable

_NUMBER = r"[-+−]?\d+(?:[.,' \u00a0]\d+)*"
_WHOLE = re.compile(rf"\s*({_NUMBER})\s*[^\d]*")
_RANGE = re.compile(
    rf"\s*({_NUMBER})\s*[^\d.…–—/+−-]*?\s*(?:\.\.+|…|–|—|-|/|to|bis|till)\s*({_NUMBER})(?:\s.*|[^\d.,].*|)"
)


def has_decimal_comma(texts: Iterable[str]) -> bool | None:
    """Tell whether a list writes 0,5 for a half; None if nothing shows it."""
    shown = " ".join(texts)
    comma = len(re.findall(r"\d,\d{1,2}(?!\d)|(?<!\d)0,\d|\d\.\d{3},\d", shown))
    point = len(re.findall(r"\d\.\d{1,2}(?!\d)|(?<!\d)0\.\d|\d,\d{3}\.\d", shown))
    return None if comma == point else comma > point


def number(text: str, *, decimal_comma: bool) -> float | None:
    """Return the number that a cell holds, whatever unit stands behind it, or None."""
    found = _WHOLE.fullmatch(text)
    return _value(found[1], decimal_comma=decimal_comma) if found else None


def number_range(text: str, *, decimal_comma: bool) -> tuple[float, float] | None:
    """Return the two numbers of a range such as "0…100 m3/h" or "-10 - +50", or None."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    low, high = (_value(part, decimal_comma=decimal_comma) for part in found.groups())
    return None if low is None or high is None else (low, high)


def _value(text: str, *, decimal_comma: bool) -> float | None:
    plain = re.sub(r"[ '\u00a0]", "", text.replace("−", "-"))
    grouping, decimal = (".", ",") if decimal_comma else (",", ".")
    try:
        return float(plain.replace(grouping, "").replace(decimal, "."))
    except ValueError:
        return None
