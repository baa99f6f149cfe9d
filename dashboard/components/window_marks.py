"""Windows of work and verdicts on a trend: a quiet band with its name, and words for the legend."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.charts.annotations import Mark
from dashboard.store.quality_windows import QualityWindow
from dashboard.web.display import DisplaySettings
from schemas.quality_window import VERDICTS

WORK_SIGN, VERDICT_SIGN = "□", "§"  # a verdict is a person's


def window_marks(
    windows: Sequence[QualityWindow], now: datetime, display: DisplaySettings
) -> list[Mark]:
    """Return how windows are drawn; one that goes on is drawn up to the present."""
    return [_mark(window, now, display) for window in windows]


def window_labels(windows: Sequence[QualityWindow], display: DisplaySettings) -> list[str]:
    """Return what the legend says of the kinds that occur."""
    kinds = dict.fromkeys(window.kind for window in windows)
    return [f"{sign_of(kind)} {kind_name(kind, display)}" for kind in kinds]


def sign_of(kind: str) -> str:
    """Return the sign of work, or of a verdict."""
    return VERDICT_SIGN if kind in VERDICTS else WORK_SIGN


def kind_name(kind: str, display: DisplaySettings) -> str:
    """Return what a kind of window is called."""
    return display.text(f"window_kind.{kind}")


def _mark(window: QualityWindow, now: datetime, display: DisplaySettings) -> Mark:
    name = kind_name(window.kind, display)
    starts, ends = window.starts_at, window.ends_at
    when = display.span(starts, ends) if ends else f"{display.moment(starts)} –"
    said = ", ".join(filter(None, (window.reason, window.who)))
    text = f"{name} {when}"
    return Mark(
        starts,
        ends or max(now, starts),
        f"{text}: {said}" if said else text,
        sign_of(window.kind),
        display.frame.palette.muted,
        name,
    )
