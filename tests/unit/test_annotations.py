"""Notes on a trend: where they stand, and that anybody's text stays text."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.analysis.window import Window
from dashboard.charts.annotations import SIGN, Mark, hover_text, with_marks
from dashboard.charts.layout import Frame
from dashboard.charts.palette import palette_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)
FRAME = Frame(palette_of("light"), ZoneInfo("Europe/Helsinki"), "fi", ", ", 800.0)
EMPTY = {"data": [], "layout": {"shapes": [{"old": 1}], "annotations": [{"text": "m³/h"}]}}


def _ms(moment: datetime) -> float:
    return moment.timestamp() * 1_000.0


def test_a_note_stands_at_its_time_and_a_long_one_is_a_band() -> None:
    at = NOW - timedelta(hours=3)
    marks = [Mark(at, None, "Cleaned"), Mark(at, at + timedelta(hours=1), "Phase 2")]
    layout = with_marks(EMPTY, marks, WINDOW, FRAME)["layout"]
    line, band = layout["shapes"][1:]
    assert (line["type"], line["x0"], line["x1"]) == ("line", _ms(at), _ms(at))
    assert (band["type"], band["x1"] - band["x0"]) == ("rect", 3_600_000.0)
    assert [one["text"] for one in layout["annotations"]] == ["m³/h", SIGN, SIGN]
    assert layout["annotations"][1]["hovertext"] == "Cleaned"


def test_a_note_outside_the_window_is_not_drawn() -> None:
    early = WINDOW.start - timedelta(hours=2)
    marks = [Mark(early, early + timedelta(hours=1), "before"), Mark(WINDOW.end, None, "after")]
    assert with_marks(EMPTY, marks, WINDOW, FRAME) is EMPTY


def test_a_note_that_began_before_the_window_has_its_sign_at_the_left() -> None:
    marks = [Mark(WINDOW.start - timedelta(days=2), NOW, "Phase 1")]
    layout = with_marks(EMPTY, marks, WINDOW, FRAME)["layout"]
    assert layout["annotations"][-1]["x"] == _ms(WINDOW.start)


def test_the_text_of_a_note_is_never_markup() -> None:
    hostile = '<a href="javascript:alert(1)">x</a> & <b>bold</b>'
    shown = hover_text(hostile)
    assert "<" not in shown.replace("<br>", "")
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown
    assert "&amp;" in shown


def test_a_novel_is_cut_and_broken_into_lines() -> None:
    shown = hover_text("word " * 800)
    assert len(shown) < 400
    assert shown.endswith("…")
    assert "<br>" in shown
    assert hover_text("") == ""
