"""Why readings were judged anew, as the data health page says it."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.pages.data_health.judged_anew import judged_anew_card
from dashboard.store.plant import NOTHING
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
    assert json.dumps(said) in _shown(found, display)


def test_what_a_state_asked_for_names_its_place_and_no_key_of_a_rule() -> None:
    found = Recheck(
        AT,
        "mbr1-cleaning",
        "cleaning_in_place",
        1,
        1.0,
        10,
        2,
        is_done=True,
        is_of_state=True,
        instrument="probe-7",
    )
    display = DisplaySettings("en", ZoneInfo("Europe/Helsinki"), "light", 1_000.0)
    shown = _shown(found, display)
    assert "Cleaning in place (CIP): Instrument: Probe of tank 1" in shown
    assert "by a state" in shown
    assert "mbr1-cleaning" not in shown


def _shown(found: Recheck, display: DisplaySettings) -> str:
    card = judged_anew_card([found], NOTHING, {"probe-7": "Probe of tank 1"}, display)
    return json.dumps(card, cls=PlotlyJSONEncoder)
