"""Which of several limits a tile names."""

from zoneinfo import ZoneInfo

import pytest

from dashboard.components.value_tile import limit_text
from dashboard.store.limits import LimitRow
from dashboard.web.display import DisplaySettings

READER = DisplaySettings("en", ZoneInfo("Europe/Helsinki"), "light", 1_300.0)


def _row(bound: str, value: float) -> LimitRow:
    return LimitRow(bound, "value", value, verified=True)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([], ""),
        ([_row("max", 4.0), _row("max", 8.0)], "limit ≤ 4.00"),
        ([_row("min", 6.0), _row("min", 6.5)], "limit ≥ 6.50"),
        ([_row("max", 9.0), _row("min", 6.0), _row("min", 6.5)], "limit ≥ 6.50 / ≤ 9.00"),
        ([_row("min", -5.0), _row("min", -2.0)], "limit ≥ −2.00"),
    ],
)
def test_the_strictest_lower_limit_is_the_highest_one(rows: list[LimitRow], text: str) -> None:
    assert limit_text(rows, READER) == text


def test_a_limit_says_that_it_is_one_over_what_it_holds_and_whether_it_is_an_example() -> None:
    row = LimitRow("max", "annual_mean", 4.0, verified=False)
    finnish = DisplaySettings("fi", ZoneInfo("Europe/Helsinki"), "light", 1_300.0)
    assert limit_text([row], finnish) == "raja ≤ 4,00 (vuosikeskiarvo, esimerkki)"
