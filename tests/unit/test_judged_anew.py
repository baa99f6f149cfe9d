"""Why readings were judged anew, as the data health page says it."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.pages.data_health.judged_anew import judged_anew_card
from dashboard.store.rechecks import Recheck
from dashboard.web.display import DisplaySettings

AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("calibration: buffers 4 and 7", "Kalibrointi: buffers 4 and 7"),
        ("cleaning_in_place", "Kemiallinen pesu (CIP)"),
        ("new limits: since May", "new limits: since May"),
    ],
)
def test_a_window_is_named_in_the_language_of_the_page(reason: str, said: str) -> None:
    found = Recheck(AT, "Iina", reason, 1, 1.0, 10, 2, is_done=True)
    display = DisplaySettings("fi", ZoneInfo("Europe/Helsinki"), "light", 1_000.0)
    shown = json.dumps(judged_anew_card([found], display), cls=PlotlyJSONEncoder)
    assert json.dumps(said) in shown
