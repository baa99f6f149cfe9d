"""Which of several limits a tile names."""

from zoneinfo import ZoneInfo

import pytest

from dashboard.limit_rows import LimitRow
from dashboard.parts.live_value import limit_text
from dashboard.reader import Reader

READER = Reader("en", ZoneInfo("Europe/Helsinki"), "light", 1_300.0)


def _row(bound: str, value: float) -> LimitRow:
    return LimitRow(bound, "value", value, verified=True)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([], ""),
        ([_row("max", 4.0), _row("max", 8.0)], "≤ 4.00"),
        ([_row("min", 6.0), _row("min", 6.5)], "≥ 6.50"),
        ([_row("max", 9.0), _row("min", 6.0), _row("min", 6.5)], "≥ 6.50 / ≤ 9.00"),
        ([_row("min", -5.0), _row("min", -2.0)], "≥ −2.00"),
    ],
)
def test_the_strictest_lower_limit_is_the_highest_one(rows: list[LimitRow], text: str) -> None:
    assert limit_text(rows, READER) == text
