"""How numbers are written: nothing reads as zero that is not, and nothing is too wild to write."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.charts.decimals import MINUS, NO_VALUE, decimals, number_text, written_decimals

POINT_COMMA = ".,"
FINNISH = ",\N{NO-BREAK SPACE}"
_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_FORM = re.compile(rf"{MINUS}?\d{{1,3}}(,\d{{3}})*(\.\d+)?(·10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")


def _read(text: str) -> float:
    """Return what a person reads."""
    digits, _, power = text.replace(MINUS, "-").replace(",", "").partition("·10")
    return float(f"{digits}e{power.translate(_DIGITS) or 0}")


@pytest.mark.parametrize(
    ("value", "count", "text"),
    [
        (0.0004, 1, "0,0004"),
        (-0.04, 1, "−0,04"),
        (-0.0, 1, "0,0"),
        (0.0, 2, "0,00"),
        (0.3, 0, "0,3"),
        (0.96, 0, "0,96"),
        (3.4e38, 1, "3,4·10³⁸"),
        (-3.4028234663852886e38, 1, "−3,4·10³⁸"),
        (4.2e-7, 1, "4,2·10⁻⁷"),
        (5e-324, 1, "4,94·10⁻³²⁴"),
        (1.7976931348623157e308, 0, "1,8·10³⁰⁸"),
        (1510.0, 0, "1 510"),
        (4024217.4, 0, "4 024 217"),
        (1234567.25, 3, "1 234 567,25"),
        (4294967295.0, 1, "4 294 967 295"),
        (2.5, 0, "3"),
        (-2.5, 0, "−3"),
        (0.125, 2, "0,13"),
        (float("nan"), 1, NO_VALUE),
        (float("-inf"), 1, NO_VALUE),
    ],
)
def test_a_small_or_large_number_reads_as_what_it_is(value: float, count: int, text: str) -> None:
    assert number_text(value, count, FINNISH) == text.replace(" ", "\N{NO-BREAK SPACE}")


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 6))
@example(5e-324, 0)
@example(-2.2250738585072014e-308, 6)
@example(999_999_999_999.96, 1)
@example(9.999e-7, 6)
def test_every_double_is_written_short_grouped_and_near_to_what_it_is(
    value: float, count: int
) -> None:
    text = number_text(value, count, POINT_COMMA)
    assert _FORM.fullmatch(text), text
    assert len(text) <= 17
    assert text.startswith(MINUS) == (value < 0)
    if value == 0:
        assert _read(text) == 0
    elif abs(value) < 1e308:  # rounded up, the largest would be read as infinite
        assert _read(text) != 0
        step = max(Decimal(f"1e-{count}"), abs(Decimal(value)) / 100)
        assert abs(Decimal(value) - Decimal(repr(_read(text)))) <= step


@given(st.floats(allow_nan=False))
def test_every_size_has_a_sensible_number_of_decimals(size: float) -> None:
    assert 0 <= decimals(None, size) <= 6


@pytest.mark.parametrize(
    ("low", "high", "count"), [(0, 1500, 0), (0, 25, 1), (0.1, 4, 2), (0, 0.0005, 6), (0, 0, 2)]
)
def test_decimals_follow_the_size_of_what_is_usual(low: float, high: float, count: int) -> None:
    assert decimals(low, high) == count


@pytest.mark.parametrize(
    ("value", "least", "count"),
    [(50_000, 0, 0), (0.3, 0, 1), (0.004, 0, 3), (0.05, 3, 3), (1e-9, 0, 6)],
)
def test_a_number_that_somebody_wrote_keeps_its_decimals(
    value: float, least: int, count: int
) -> None:
    assert written_decimals(value, least) == count
