"""What travels to the browser."""

import json

from dashboard.live.events import Latest, beat_frame, changes, values_frame

FLOW = Latest(1_000.0, 563.2, 1, 0)
SILENT = Latest(2_000.0, None, 9, 16, 1_900.0)


def _parsed(frame: bytes) -> tuple[str, dict]:
    event, data, *rest = frame.decode().split("\n")
    assert rest == ["", ""], "an event ends with an empty line"
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_values_carry_time_value_verdict_and_checks_by_point() -> None:
    event, content = _parsed(values_frame({7: FLOW, 8: SILENT}, 3_000.4, whole=True))
    assert event == "values"
    assert content == {
        "now": 3_000,
        "whole": True,
        "points": {"7": [1_000.0, 563.2, 1, 0, None], "8": [2_000.0, None, 9, 16, 1_900.0]},
    }


def test_a_beat_says_whether_the_database_answers() -> None:
    assert _parsed(beat_frame(5.0, database=False)) == ("beat", {"now": 5, "database": False})


def test_only_what_is_new_or_different_is_sent() -> None:
    later = FLOW._replace(ts_ms=1_500.0)
    judged = SILENT._replace(qc=4)
    assert changes({7: FLOW, 8: SILENT}, {7: FLOW, 8: SILENT}) == {}
    assert changes({7: FLOW}, {7: later, 8: SILENT}) == {7: later, 8: SILENT}
    assert changes({8: SILENT}, {8: judged}) == {8: judged}
