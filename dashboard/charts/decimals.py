"""How a number is written: its decimals, its groups, its minus sign, its short form.

`assets/numbers.js` is the same rule for values that the browser keeps current; a test holds both
against each other over all doubles.
"""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

NO_VALUE = "–"
MINUS = "\N{MINUS SIGN}"
DECIMALS_MAX = 6
DIGITS_MAX = 9  # more are noise: decimals go first
SHORT_FROM = 1e12  # from here on, and below SHORT_BELOW, a number is written with a power of ten
SHORT_BELOW = 1e-6
SHORT_DIGITS = 3
SMALL_DIGITS = 2  # of what would read as zero with the usual decimals

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Half away from zero, as JavaScript rounds; wide enough for every double.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_SHORT = Context(prec=SHORT_DIGITS, rounding=ROUND_HALF_UP)
_SMALL = Context(prec=SMALL_DIGITS, rounding=ROUND_HALF_UP)


def decimals(low: float | None, high: float | None) -> int:
    """Return the decimals that make about three digits of values between `low` and `high`."""
    size = max((abs(end) for end in (low, high) if end is not None), default=10.0)
    if size <= 0:
        return 2
    if not math.isfinite(size):
        return 0
    return min(max(2 - math.floor(math.log10(size)), 0), DECIMALS_MAX)


def written_decimals(value: float, least: int = 0) -> int:
    """Return the decimals that a number was written with, at least `least`, most DECIMALS_MAX."""
    while least < DECIMALS_MAX and round(value, least) != value:
        least += 1
    return least


def number_text(value: float, count: int, separators: str) -> str:
    """Return a number as people read it.

    A value that is not zero never reads as zero: it gets more decimals than `count`, or a power of
    ten. What is no number reads as NO_VALUE.

    Args:
        value: Any double.
        count: The decimals that values of its kind usually have.
        separators: The decimal and the thousands character.
    """
    if not math.isfinite(value):
        return NO_VALUE
    size = abs(value)
    is_short = size > 0 and not SHORT_BELOW <= size < SHORT_FROM
    text = _short(size) if is_short else _plain(size, count)
    marked = text.translate({ord("."): separators[0], ord(","): separators[1]})
    return f"{MINUS}{marked}" if value < 0 else marked


def _plain(size: float, count: int) -> str:
    if 0 < size < float(f"1e-{count}"):
        return f"{_SMALL.create_decimal(Decimal(size)).normalize():f}"
    while count and size >= 10.0 ** (DIGITS_MAX - count):
        count -= 1
    if size * 2.0 ** (count + 1) % 1:  # in no middle between two of `count` decimals: the fast way
        return f"{size:,.{count}f}"
    return f"{Decimal(size).quantize(Decimal(1).scaleb(-count), context=_EXACT):,f}"


def _short(size: float) -> str:
    rounded = _SHORT.create_decimal(Decimal(size)).normalize()
    power = rounded.adjusted()
    digits = f"{rounded.scaleb(-power):f}"
    return f"{digits}·10{str(power).translate(_SUPERSCRIPTS)}"
