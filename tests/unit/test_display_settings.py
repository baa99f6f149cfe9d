"""Times as a reader sees them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.web.display import DisplaySettings

DISPLAY = DisplaySettings("fi", ZoneInfo("Europe/Helsinki"), "light", 1_000.0)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ((11, 27, 2, 0), (11, 27, 2, 45), "pe 27.11.2026 4.00 – 4.45"),
        ((11, 26, 21, 0), (11, 26, 23, 0), "to 26.11.2026 23.00 – pe 27.11.2026 1.00"),
        ((10, 25, 0, 30), (10, 25, 1, 30), "su 25.10.2026 3.30 (UTC+3) – 3.30 (UTC+2)"),
    ],
)
def test_a_span_within_a_day_names_the_day_once(
    start: tuple[int, int, int, int], end: tuple[int, int, int, int], said: str
) -> None:
    moments = [datetime(2026, *moment, tzinfo=UTC) for moment in (start, end)]
    assert DISPLAY.span(*moments) == said
